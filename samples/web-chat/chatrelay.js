// The client, as it stands in the repository. A page of your own takes it from npm: `import { RelaySocket } from 'chatrelay-js'`.
export * from '../../src/chatrelay-js/src/index.js';
