export { epilogue, followedBy, IDENTITY, times, type ExactEpilogue } from '@lowbit/graph';
