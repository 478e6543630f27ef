import { testReadme } from '@lowbit/readme-examples';

testReadme(import.meta.url);
