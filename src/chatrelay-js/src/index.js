export { Relay } from './relay.js';
export { RelayError } from './errors.js';
export { RelaySocket } from './socket.js';
export { storedOutbox } from './outbox.js';
export { WebhookReceiver, WebhookError } from './webhooks.js';
export { DeviceKey, RoomKey, keyId } from './sealing.js';
