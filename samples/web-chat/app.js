// Puts the parts together: who this window is, its keys, its client, its view.
import { Backend } from './backend.js';
import { Client } from './client.js';
import { Vault, keyStorage } from './crypto.js';
import { View } from './chat.js';

const user = new URLSearchParams(location.search).get('user');

// A reload is the same device; another window is another one.
const deviceOf = (name) => {
  const key = `device:${name}`;
  if (!sessionStorage.getItem(key)) sessionStorage.setItem(key, `web-${crypto.randomUUID().slice(0, 8)}`);
  return sessionStorage.getItem(key);
};

if (user !== 'ann' && user !== 'bob') document.getElementById('door').hidden = false;
else {
  const backend = new Backend({ user, device: deviceOf(user) });
  const vault = await Vault.open(user, await keyStorage());
  const client = new Client({ backend, vault, url: location.origin });
  const view = new View(client);
  addEventListener('focus', () => { client.wake(); view.look(); });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') client.wake(); });
  client.start();
}
