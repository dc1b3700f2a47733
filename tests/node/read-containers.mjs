// In: { compose, dockerfile } as texts. Out: the compose file as JSON, and the Dockerfile's instructions in order.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { DockerfileParser } from 'dockerfile-ast';

const { compose, dockerfile } = JSON.parse(readFileSync(0, 'utf8'));
const instructions = DockerfileParser.parse(dockerfile).getInstructions()
  .map((one) => ({ keyword: one.getInstruction(), text: [...(one.getFlags?.() ?? []), one.getArgumentsContent() ?? ''].join(' ').trim() }));
process.stdout.write(JSON.stringify({ compose: parse(compose, { uniqueKeys: true, strict: true }), instructions }));
