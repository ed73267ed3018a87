// Put pairs of schemas to one tool that is written for Node.js, and time it.
//
//     node answer.mjs json-schema-diff|is-json-schema-subset FOLDER
//
// FOLDER is where npm has installed the tool. What is read and written: see answer.py.

import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";

const [tool, folder] = process.argv.slice(2);
const require = createRequire(`${folder}/`);

// Both document draft-07. Each says whether the reader accepts all that the writer writes.
const TOOLS = {
  "json-schema-diff": () => {
    const { diffSchemas } = require("json-schema-diff");
    return async (reader, writer) =>
      !(await diffSchemas({ sourceSchema: writer, destinationSchema: reader })).removalsFound;
  },
  "is-json-schema-subset": () => {
    const found = require("is-json-schema-subset");
    const isSubset = found.default ?? found;
    return (reader, writer) => isSubset(writer, reader);
  },
};

function write(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function answered(accepts, { reader, writer }) {
  const start = performance.now();
  let answer;
  try {
    answer = { verdict: (await accepts(reader, writer)) ? "compatible" : "incompatible" };
  } catch (error) {
    answer = { verdict: "raised", reason: String(error).slice(0, 300) };
  }
  return { ...answer, seconds: (performance.now() - start) / 1000 };
}

console.log = () => {}; // a tool that prints must not spoil the answers
const accepts = TOOLS[tool]();
for (const reader of [{ type: "string" }, { type: ["integer", "string"] }]) {
  await accepts(reader, { type: "integer" });
}
write({ version: require(`${tool}/package.json`).version });
for await (const line of createInterface({ input: process.stdin })) {
  write(await answered(accepts, JSON.parse(line)));
}
