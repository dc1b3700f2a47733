// One queue does so many jobs that are there when it starts; says how long it took, from its start to the last one recorded.
// The question comes as JSON on standard input: { peer, jobs, workers, url? }; PostgreSQL by PGHOST, PGUSER, PGPASSWORD, PGDATABASE.
import http from 'node:http';
import pg from 'pg';
import { run, makeWorkerUtils, Logger } from 'graphile-worker';
import PgBoss from 'pg-boss';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { peer, jobs, workers, url } = JSON.parse(Buffer.concat(chunks));

const agent = new http.Agent({ keepAlive: true, maxSockets: workers });
const payload = JSON.stringify({ type: 'order.shipped', data: { text: 'x'.repeat(900) } });

/** The same POST that the relay makes, without its signature. */
const post = () => new Promise((done, fail) => {
  const call = http.request(url, {
    method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
  }, (answer) => {
    answer.resume();
    answer.on('end', () => (answer.statusCode < 300 ? done() : fail(new Error(`${answer.statusCode}`))));
  });
  call.on('error', fail);
  call.end(payload);
});
const work = url ? post : async () => {};

async function graphile(options) {
  const pool = new pg.Pool({ max: workers + 6 }); // what it asks for: one for each worker, and some
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  await utils.migrate();
  await pool.query('truncate graphile_worker._private_jobs');
  await pool.query("select graphile_worker.add_job('work', json_build_object('n', n, 'text', repeat('x', 900))) from generate_series(1, $1) n", [jobs]);
  await pool.query('analyze graphile_worker._private_jobs');

  let done = 0;
  let allRun;
  const ran = new Promise((r) => { allRun = r; });
  const began = process.hrtime.bigint();
  const runner = await run({
    pgPool: pool,
    logger,
    noHandleSignals: true,
    preset: { worker: { concurrentJobs: workers, maxPoolSize: workers + 6, ...options } },
    taskList: { work: async () => { await work(); if (++done === jobs) allRun(); } },
  });
  await ran;
  const left = async () => Number((await pool.query('select count(*) from graphile_worker._private_jobs')).rows[0].count);
  while (await left() > 0) await new Promise((r) => { setTimeout(r, 5); }); // run is not recorded: the last completions are on their way
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  await runner.stop();
  await pool.end().catch(() => {});
  return { seconds, left: 0 };
}

async function pgBoss() {
  const boss = new PgBoss({ host: process.env.PGHOST, user: process.env.PGUSER, password: process.env.PGPASSWORD, database: process.env.PGDATABASE, max: 20, supervise: false, schedule: false });
  boss.on('error', (e) => { throw e; });
  await boss.start();
  await boss.createQueue('work');
  await boss.purgeQueue('work');
  for (let n = 0; n < jobs; n += 1000) {
    await boss.insert(Array.from({ length: Math.min(1000, jobs - n) }, (_, i) => ({ name: 'work', data: { n: n + i, text: 'x'.repeat(900) } })));
  }
  let done = 0;
  const began = process.hrtime.bigint();
  // Its own work() waits between batches; fetching and completing in a loop is the fastest that its interface offers.
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (;;) {
      const batch = await boss.fetch('work', { batchSize: 500 });
      if (batch.length === 0) return;
      await Promise.all(batch.map(work));
      await boss.complete('work', batch.map((job) => job.id));
      done += batch.length;
    }
  }));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  await boss.stop({ graceful: false, wait: true });
  return { seconds, left: jobs - done };
}

const answer = await {
  graphile: () => graphile({}),
  graphile_local: () => graphile({ localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
  pg_boss: pgBoss,
}[peer]();
process.stdout.write(JSON.stringify(answer));
process.exit(0);
