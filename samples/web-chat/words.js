// How people, times and numbers are said.

export const nameOf = (user) => (user ? user[0].toUpperCase() + user.slice(1) : 'The relay');
export const clock = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
export const day = (at) => new Date(at).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
export const dayKey = (at) => new Date(at).toDateString();
export const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
export const whenShort = (at) => (dayKey(at) === dayKey(Date.now()) ? clock(at) : new Date(at).toLocaleDateString([], { day: 'numeric', month: 'short' }));
