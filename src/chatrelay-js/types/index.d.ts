export { Relay } from './relay.js';
export { RelayError } from './errors.js';
