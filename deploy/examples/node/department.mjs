// A department system in Node: reads its topic, keeps the department's list of cases, reports back.
//
//   npm ci
//   node department.mjs 127.0.0.1:9092 departments.quality.v1 --schema ../../../schemas/json/assignment.json
//   DEPARTMENT_TOKEN=… node department.mjs … --reports complaints.status.v1 --gateway http://127.0.0.1:8080
//
// It reads committed records only (the default of kafkajs), upserts by case_id, keeps the highest revision of each
// complaint, takes withdrawn ones off the list, and commits after its own store has the record.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import kafkajs from "kafkajs";

const { Kafka, logLevel } = kafkajs;
const NAMESPACE = "6d1f1d0e5a0c4c7e9a550f2f1a3b7c12"; // of the ids of our reports: choose one of your own
const TRIES = 5;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    schema: { type: "string" },
    group: { type: "string", default: "example-department-node" },
    max: { type: "string" },
    json: { type: "boolean", default: false },
    summary: { type: "boolean", default: false },
    reports: { type: "string" },
    gateway: { type: "string" },
  },
});
const [broker, topic] = positionals;
if (!broker || !topic || !options.schema) {
  console.error("usage: node department.mjs BROKER TOPIC --schema FILE [--max N] [--reports TOPIC] [--gateway URL]");
  process.exit(2);
}
const wanted = options.max === undefined ? Infinity : Number(options.max);

// The list of cases: case_id -> complaint_id -> newest record.
const cases = new Map();

function take(record) {
  if (!cases.has(record.case_id)) cases.set(record.case_id, new Map());
  const known = cases.get(record.case_id).get(record.complaint_id);
  if (known && known.revision >= record.revision) return false;
  cases.get(record.case_id).set(record.complaint_id, record);
  return true;
}

function shown(caseId) {
  return [...cases.get(caseId).values()]
    .filter((record) => record.kind !== "assignment.withdrawn")
    .sort((one, other) => one.case_seq - other.case_seq);
}

// Contacts and files, with the department's token; each asked for once.
const contacts = new Map();
const files = new Map();

async function ask(path) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(options.gateway + path, {
      headers: { authorization: `Bearer ${process.env.DEPARTMENT_TOKEN}` },
    });
    if (answer.ok) return answer;
    const again = answer.headers.get("retry-after");
    if (again === null || attempt === TRIES) throw new Error(`${answer.status} of ${path.split("?")[0]}`);
    await new Promise((resolve) => setTimeout(resolve, Number(again) * 1000));
  }
}

async function fetchContact(caseId, purpose) {
  if (contacts.has(caseId)) return;
  const answer = await ask(`/api/v1/cases/${caseId}/contact?${new URLSearchParams({ purpose })}`);
  contacts.set(caseId, await answer.json());
}

async function fetchFile(attachmentId) {
  if (files.has(attachmentId)) return;
  const answer = await ask(`/api/v1/attachments/${attachmentId}`);
  files.set(attachmentId, Buffer.from(await answer.arrayBuffer()));
}

// What the department does with a record. Yours are people who press buttons.
async function work(record) {
  if (!record.responsible || record.kind === "assignment.withdrawn") return [];
  const attachments = record.attachments ?? [];
  const steps = [["accepted"]];
  if (attachments.length === 0) steps.push(["need-information", "请补充一张商品照片。"]);
  const stored = attachments.filter((one) => one.state === "stored");
  if (stored.length > 0 && options.gateway) {
    for (const one of stored) await fetchFile(one.attachment_id);
    await fetchContact(record.case_id, "call back about the photo");
    steps.push(["answered", "照片已收到并核实，我们将为您办理退款。"]);
  }
  return steps;
}

// Reports under ids made of case and status: sent twice they count once.
const sent = new Set();

function idOf(name) {
  const bytes = createHash("sha1").update(Buffer.from(NAMESPACE, "hex")).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function report(producer, record, status, words) {
  const status_id = idOf(`${record.department}/${record.case_id}/${status}`);
  if (sent.has(status_id)) return;
  const value = {
    status_id,
    case_id: record.case_id,
    department: record.department,
    status,
    at: new Date().toISOString(),
    by: "node-example",
    ...(words ? { text_for_customer: words } : {}),
  };
  await producer.send({ topic: options.reports, messages: [{ key: record.case_id, value: JSON.stringify(value) }] });
  sent.add(status_id);
}

const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
const follows = ajv.compile(JSON.parse(readFileSync(options.schema, "utf8")));
const kafka = new Kafka({ clientId: "example-department", brokers: [broker], logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: options.group });
const producer = kafka.producer({ idempotent: true });
let taken = 0;
let invalid = 0;

async function each({ partition, message }) {
  if (taken >= wanted) return;
  const record = JSON.parse(message.value.toString("utf8"));
  if (!follows(record)) {
    invalid += 1;
    console.error(`not as the schema says: ${ajv.errorsText(follows.errors)}`);
  }
  if (take(record)) {
    if (!options.summary) {
      const line = [record.kind, record.tracking_number, record.category, record.text.slice(0, 60)].join("  ");
      console.log(options.json ? JSON.stringify(record) : line);
    }
    if (options.reports) {
      for (const [status, words] of await work(record)) await report(producer, record, status, words);
    }
  }
  await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(message.offset) + 1n) }]);
  taken += 1;
}

function summary() {
  const lists = [...cases.keys()].map(shown);
  const complaints = lists.reduce((sum, list) => sum + list.length, 0);
  const known = [...cases.values()].reduce((sum, one) => sum + one.size, 0);
  return {
    cases: lists.filter((list) => list.length > 0).length,
    complaints,
    withdrawn: known - complaints,
    invalid,
    files: files.size,
    contacts: contacts.size,
    reports: sent.size,
  };
}

await consumer.connect();
if (options.reports) await producer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await new Promise((resolve, reject) => {
  const failed = (error) => reject(error);
  consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
  consumer.run({
    autoCommit: false,
    eachMessage: async (one) => {
      await each(one);
      if (taken >= wanted) resolve();
    },
  }).catch(failed);
  process.once("SIGINT", resolve);
});
await consumer.disconnect();
if (options.reports) await producer.disconnect();
if (options.summary) console.log(JSON.stringify(summary()));
process.exit(invalid > 0 ? 1 : 0);
