export { Relay } from './relay.js';
export { RelayError } from './errors.js';
export { RelaySocket } from './socket.js';
export { storedOutbox } from './outbox.js';
export { WebhookReceiver, WebhookError } from './webhooks.js';
export { DeviceKey, RoomKey, keyId } from './sealing.js';
export type RelayOptions = import('./relay.js').RelayOptions;
export type RelaySocketOptions = import('./socket.js').RelaySocketOptions;
export type RelaySocketEvents = import('./socket.js').Events;
export type Positions = import('./socket.js').Positions;
export type Entry = import('./entries.js').Entry;
export type Sent = import('./entries.js').Sent;
export type OutboxStore = import('./outbox.js').OutboxStore;
export type WebhookEvent = import('./webhooks.js').WebhookEvent;
/** @typedef {import('./relay.js').RelayOptions} RelayOptions */
/** @typedef {import('./socket.js').RelaySocketOptions} RelaySocketOptions */
/** @typedef {import('./socket.js').Events} RelaySocketEvents */
/** @typedef {import('./socket.js').Positions} Positions */
/** @typedef {import('./entries.js').Entry} Entry */
/** @typedef {import('./entries.js').Sent} Sent */
/** @typedef {import('./outbox.js').OutboxStore} OutboxStore */
/** @typedef {import('./webhooks.js').WebhookEvent} WebhookEvent */
