// Renders what follows from openapi.yaml: src/operations.js and types/api.d.ts, and the declarations of src by the TypeScript compiler.
//   node tools/render.mjs            writes them
//   node tools/render.mjs --check    says what differs, and fails then
// YAML and the compiler are those of tests/node (npm ci there); the package itself needs neither.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url)), root = join(here, '../..');
const tools = createRequire(join(root, 'tests/node/package.json'));
const document = tools('yaml').parse(readFileSync(join(root, 'openapi.yaml'), 'utf8'));

// RelaySocket speaks the first two; the third is what a mail provider calls.
const LEFT_OUT = ['connect.events', 'connect.poll', 'inbound.receive'];

const HEAD = '// Rendered from openapi.yaml by tools/render.mjs.\n';
const camel = (word) => word.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const resolve = (thing) => (thing.$ref ? thing.$ref.split('/').slice(1).reduce((place, name) => place[name], document) : thing);

// --- operations ---

const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => read(path, method, operation)))
  .filter(({ name }) => !LEFT_OUT.includes(name)).sort((a, b) => (a.name < b.name ? -1 : 1));

function read(path, method, operation) {
  const parameters = (operation.parameters ?? []).map(resolve);
  const query = parameters.filter((p) => p.in === 'query');
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2')).map(([, answer]) => Object.entries(resolve(answer).content ?? {})).flat();
  const isList = method === 'get' && answers.some(([, { schema }]) => resolve(schema).properties?.data?.type === 'array');
  return {
    name: operation.operationId, method: method.toUpperCase(), path, summary: operation.summary, needs: operation.description, query,
    inPath: parameters.filter((p) => p.in === 'path').sort((a, b) => path.indexOf(`{${a.name}}`) - path.indexOf(`{${b.name}}`)),
    body: operation.requestBody && resolve(operation.requestBody).content['application/json'].schema,
    idempotent: parameters.some((p) => p.in === 'header' && p.name === 'Idempotency-Key'),
    answers: answers.map(([type, { schema }]) => (type === 'application/json' ? schema : { type: 'string' })),
    text: answers.some(([type]) => type !== 'application/json'),
    list: isList ? ['after', 'after_seq', 'before_seq'].find((name) => query.some((p) => p.name === name)) : undefined,
  };
}

function table() {
  const rows = operations.map(({ name, method, path, body, query, idempotent, text, list }) => {
    const flags = [body && 'body: true', query.length > 0 && 'query: true', idempotent && 'idempotent: true', text && 'text: true', list && `list: '${list}'`].filter(Boolean);
    return `  '${name}': { ${[`method: '${method}'`, `path: '${path}'`, ...flags].join(', ')} },\n`;
  });
  return `${HEAD}\n/** @type {Record<string, import('./relay.js').Operation>} */\nexport const operations = {\n${rows.join('')}};\n`;
}

// --- types ---

const word = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const said = (text, indent) => (text ? `${indent}/** ${text.replace(/\*\//g, '*\\/').replace(/\s*\n\s*/g, ' ')} */\n` : '');

function typeOf(schema, indent) {
  if (schema === undefined || schema === true) return 'unknown';
  if (schema.$ref) return schema.$ref.split('/').pop();
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const several = schema.oneOf ?? schema.anyOf;
  if (several) return [...new Set(several.map((one) => typeOf(one, indent)))].join(' | ');
  if (Array.isArray(schema.type)) return [...new Set(schema.type.map((type) => typeOf({ ...schema, type }, indent)))].join(' | ');
  switch (schema.type) {
    case 'string': return 'string';
    case 'integer': case 'number': return 'number';
    case 'boolean': return 'boolean';
    case 'null': return 'null';
    case 'array': return `Array<${typeOf(schema.items, indent)}>`;
    case 'object': return objectOf(schema, indent);
    default: return 'unknown';
  }
}

function objectOf({ properties, required = [], additionalProperties }, indent) {
  if (!properties) return `Record<string, ${typeOf(additionalProperties === false ? undefined : additionalProperties, indent)}>`;
  const members = Object.entries(properties).map(([name, schema]) =>
    `${said(schema.description, `${indent}  `)}${indent}  ${word(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema, `${indent}  `)};\n`);
  return members.length > 0 ? `{\n${members.join('')}${indent}}` : 'Record<string, never>';
}

function methodType({ inPath, query, body, answers, text, list }, indent) {
  const parameters = inPath.map(({ name }) => `${camel(name)}: string`);
  if (body) parameters.push(`body: ${typeOf(body, indent)}`);
  if (query.length > 0) {
    const members = query.map(({ name, description, required, schema }) =>
      `${said(description, `${indent}  `)}${indent}  ${word(name)}${required ? '' : '?'}: ${schema.format === 'date-time' ? 'string | Date' : typeOf(schema, `${indent}  `)};\n`);
    parameters.push(`query${query.some((p) => p.required) ? '' : '?'}: {\n${members.join('')}${indent}}`);
  }
  parameters.push('options?: CallOptions');
  const answer = [...new Set(answers.map((schema) => typeOf(schema, indent)))].join(' | ') || 'void';
  return `(${parameters.join(', ')}) => ${list ? `List<${answer}>` : `Promise<${answer}>`}`;
}

function tree() {
  const top = {};
  for (const operation of operations) {
    let place = top;
    for (const part of operation.name.split('.').map(camel)) place = (place.children ??= {})[part] ??= {};
    place.operation = operation;
  }
  const write = ({ operation, children }, indent) => {
    const inner = children && `{\n${Object.entries(children).map(([name, child]) => {
      const about = child.operation && `${child.operation.summary}. ${child.operation.needs ?? ''} \`${child.operation.method} ${child.operation.path}\``.replace(/\s+/g, ' ');
      return `${said(about, `${indent}  `)}${indent}  ${name}: ${write(child, `${indent}  `)};\n`;
    }).join('')}${indent}}`;
    return operation ? (inner ? `(${methodType(operation, indent)}) & ${inner}` : methodType(operation, indent)) : inner;
  };
  return write(top, '');
}

function types() {
  const { schemas } = document.components;
  const named = Object.entries(schemas).map(([name, schema]) => `${said(schema.description, '')}export type ${name} = ${typeOf(schema, '')};\n`);
  return `${HEAD}
/** What can be said beside a call. */
export interface CallOptions {
  /** Ends the call, with its waits. */
  signal?: AbortSignal;
  /** Yours, for a POST; else one is made for each call. */
  idempotencyKey?: string;
  /** How often it is tried again. */
  retries?: number;
  headers?: Record<string, string>;
}

/** Awaited it is one page; in a \`for await\` it is all items, page after page. */
export interface List<Page extends { data: unknown[] }> extends PromiseLike<Page>, AsyncIterable<Page['data'][number]> {}

export type ProblemCode = Problem['code'];

/** One method for each operation. */
export interface Operations ${tree()}

${named.join('\n')}`;
}

// --- declarations of what is written by hand ---

function declarations() {
  const into = mkdtempSync(join(tmpdir(), 'chatrelay-js-'));
  try {
    execFileSync(process.execPath, [join(root, 'tests/node/node_modules/typescript/bin/tsc'), '-p', here, '--outDir', into], { stdio: 'pipe' });
    return Object.fromEntries(readdirSync(into).map((name) => [`types/${name}`, readFileSync(join(into, name), 'utf8')]));
  } catch (fault) {
    throw new Error(`The compiler says:\n${fault.stdout}${fault.stderr}`);
  } finally {
    rmSync(into, { recursive: true });
  }
}

const check = process.argv.includes('--check');
const differing = [];
function put(files) {
  for (const [name, text] of Object.entries(files)) {
    let known = null;
    try { known = readFileSync(join(here, name), 'utf8'); } catch { /* not there yet */ }
    if (known === text) continue;
    if (check) differing.push(name);
    else writeFileSync(join(here, name), text);
  }
}

put({ 'src/operations.js': table(), 'types/api.d.ts': types() });
put(declarations());
if (differing.length > 0) {
  console.error(`not as rendered: ${differing.join(', ')}`);
  process.exitCode = 1;
}
