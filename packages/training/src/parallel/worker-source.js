import { register } from 'tsx/esm/api';

// In the repository the TypeScript sources run as they are, also in a worker; the published package has what was built.
register();
await import('./worker.ts');
