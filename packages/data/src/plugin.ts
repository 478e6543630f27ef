import { API_VERSION, definePlugin } from '@lowbit/plugin-api';
import { cifar10, cifar100 } from './readers/cifar.js';
import { digits } from './readers/digits.js';
import { imageFolder } from './readers/image-folder.js';
import { fashionMnist, mnist } from './readers/mnist.js';

/** The plugin that brings the data sets of this package. */
export default definePlugin({
  name: '@lowbit/data',
  apiVersion: API_VERSION,
  datasets: { digits, mnist, 'fashion-mnist': fashionMnist, cifar10, cifar100, 'image-folder': imageFolder },
});
