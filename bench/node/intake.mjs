// A plain intake, as many write it: Fastify, a schema, one INSERT and COMMIT a request, then 202. Port and PostgreSQL by environment.
import Fastify from 'fastify';
import pg from 'pg';
import { randomUUID } from 'node:crypto';

const pool = new pg.Pool({ max: 20 });
await pool.query(`create table if not exists public.intake_notifications (
  id uuid primary key, tenant uuid not null, recipient text not null, content jsonb not null, status text not null, created_at timestamptz not null default now())`);
const tenant = randomUUID();
const app = Fastify();
app.get('/', async () => 'ready');
app.post('/v1/notifications', {
  schema: {
    body: {
      type: 'object', required: ['to', 'route', 'content'], additionalProperties: false,
      properties: { to: { type: 'object' }, route: { type: 'array' }, content: { type: 'object' } },
    },
  },
}, async (request, reply) => {
  const id = randomUUID();
  await pool.query({
    name: 'accept',
    text: "insert into public.intake_notifications (id, tenant, recipient, content, status) values ($1, $2, $3, $4, 'queued')",
    values: [id, tenant, JSON.stringify(request.body.to), JSON.stringify(request.body.content)],
  });
  return reply.code(202).send({ id, status: 'queued' });
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
