/** One file to fetch. */
export interface Source {
  /** Its name, also on a mirror. */
  readonly file: string;
  /** Where it is, best first. */
  readonly urls: readonly string[];
  readonly bytes: number;
  readonly md5: string;
  /** For a tar.gz: the files to take out of it, with their sizes. */
  readonly members?: Readonly<Record<string, number>>;
}

/** A data set that can be fetched. */
export interface CatalogEntry {
  /** The folder inside the data folder that its files (or the members of its archive) go to. */
  readonly folder: string;
  readonly title: string;
  readonly licence: string;
  readonly homepage: string;
  readonly sources: readonly Source[];
}

const MNIST_MIRRORS = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
];
const FASHION_MNIST_MIRRORS = [
  'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
];
const CIFAR_SITE = 'https://www.cs.toronto.edu/~kriz/';

function source(
  file: string,
  folders: readonly string[],
  bytes: number,
  md5: string,
  members?: Record<string, number>,
): Source {
  return { file, urls: folders.map((folder) => folder + file), bytes, md5, members };
}

/** What `lowbit data fetch` knows, with the sizes and checksums that the publishers give. */
export const CATALOG: Readonly<Record<string, CatalogEntry>> = {
  mnist: {
    folder: 'mnist',
    title: 'MNIST handwritten digits',
    licence: 'CC BY-SA 3.0',
    homepage: 'http://yann.lecun.com/exdb/mnist/',
    sources: [
      source('train-images-idx3-ubyte.gz', MNIST_MIRRORS, 9_912_422, 'f68b3c2dcbeaaa9fbdd348bbdeb94873'),
      source('train-labels-idx1-ubyte.gz', MNIST_MIRRORS, 28_881, 'd53e105ee54ea40749a09fcbcd1e9432'),
      source('t10k-images-idx3-ubyte.gz', MNIST_MIRRORS, 1_648_877, '9fb629c4189551a2d022fa330f9573f3'),
      source('t10k-labels-idx1-ubyte.gz', MNIST_MIRRORS, 4_542, 'ec29112dd5afa0611ce80d1b7f02629c'),
    ],
  },
  'fashion-mnist': {
    folder: 'fashion-mnist',
    title: 'Fashion-MNIST articles of clothing',
    licence: 'MIT',
    homepage: 'https://github.com/zalandoresearch/fashion-mnist',
    sources: [
      source('train-images-idx3-ubyte.gz', FASHION_MNIST_MIRRORS, 26_421_880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d'),
      source('train-labels-idx1-ubyte.gz', FASHION_MNIST_MIRRORS, 29_515, '25c81989df183df01b3e8a0aad5dffbe'),
      source('t10k-images-idx3-ubyte.gz', FASHION_MNIST_MIRRORS, 4_422_102, 'bef4ecab320f06d8554ea6380940ec79'),
      source('t10k-labels-idx1-ubyte.gz', FASHION_MNIST_MIRRORS, 5_148, 'bb300cfdad3c16e7a12a480ee83cd310'),
    ],
  },
  cifar10: {
    folder: 'cifar-10-batches-bin',
    title: 'CIFAR-10, binary version',
    licence: 'none stated; cite A. Krizhevsky (2009)',
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    sources: [
      source('cifar-10-binary.tar.gz', [CIFAR_SITE], 170_052_171, 'c32a1d4ab5d03f1284b67883e8d87530', {
        'data_batch_1.bin': 30_730_000,
        'data_batch_2.bin': 30_730_000,
        'data_batch_3.bin': 30_730_000,
        'data_batch_4.bin': 30_730_000,
        'data_batch_5.bin': 30_730_000,
        'test_batch.bin': 30_730_000,
      }),
    ],
  },
  cifar100: {
    folder: 'cifar-100-binary',
    title: 'CIFAR-100, binary version',
    licence: 'none stated; cite A. Krizhevsky (2009)',
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    sources: [
      source('cifar-100-binary.tar.gz', [CIFAR_SITE], 168_513_733, '03b5dce01913d631647c71ecec9e9cb8', {
        'train.bin': 153_700_000,
        'test.bin': 30_740_000,
      }),
    ],
  },
};

/** The files of a data set that its reader needs, inside its folder. */
export function neededFiles(entry: CatalogEntry): string[] {
  return entry.sources.flatMap(({ file, members }) => (members ? Object.keys(members) : [file]));
}
