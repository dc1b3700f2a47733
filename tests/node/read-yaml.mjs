// In: texts of YAML by name. Out: the documents of each as JSON, in order.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

const texts = JSON.parse(readFileSync(0, 'utf8'));
const read = {};
for (const [name, text] of Object.entries(texts)) {
  read[name] = parseAllDocuments(text, { uniqueKeys: true, strict: true, merge: true }).map((one) => {
    if (one.errors.length > 0) throw new Error(`${name}: ${one.errors[0].message}`);
    return one.toJS();
  });
}
process.stdout.write(JSON.stringify(read));
