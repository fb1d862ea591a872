// The chapter on what is simulated and what is not, from the tables that the simulator and its tests use.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const texts = {
  en: {
    title: "What is simulated, and what is not",
    begin: `This page is made from the tables that the simulator itself reads and its tests check. Whatever lies beyond answers at the moment you
meet it: a command or flag with a sentence, a field with a warning of the API, a kind with a note in \`kubectl describe\`.`,
    beyond: "Beyond it",
    kinds: "Kinds that are only stored",
    kindsBegin: "They are validated, kept and printed, and nothing acts on them.",
    kindsTable: "| resources | what that means |",
    warned: "Fields that the API warns of",
    warnedBegin: "They are kept and printed, and the warning says what does not happen.",
    warnedTable: "| where | field | what happens |",
    fields: "Every field",
    fieldsBegin: "Of the kinds people write, every field, and what becomes of it.",
    fieldsTable: "| object | acts | kept, and needs no more here | not simulated |",
  },
  ko: {
    title: "시뮬레이션하는 것과 하지 않는 것",
    begin: `이 페이지는 시뮬레이터가 읽고 테스트가 확인하는 표에서 만들어집니다. 여기서 벗어나는 것은 만나는 그 자리에서 알려 줍니다. 명령과 옵션은 한
문장으로, 필드는 API의 경고로, 리소스는 \`kubectl describe\`의 한 줄로 답합니다.`,
    beyond: "시뮬레이션하지 않는 것 (영어)",
    kinds: "저장만 하는 리소스",
    kindsBegin: "검증하고, 저장하고, 출력하지만, 그것에 따라 움직이는 것은 없습니다.",
    kindsTable: "| 리소스 | 뜻 (영어) |",
    warned: "API가 경고하는 필드",
    warnedBegin: "저장하고 출력합니다. 경고는 무엇이 일어나지 않는지 말합니다.",
    warnedTable: "| 위치 | 필드 | 실제로는 (영어) |",
    fields: "모든 필드",
    fieldsBegin: "사람이 쓰는 리소스의 모든 필드와, 그 필드가 하는 일입니다.",
    fieldsTable: "| 객체 | 동작함 | 저장만으로 충분함 | 시뮬레이션하지 않음 |",
  },
};

/** Fails when a table is no longer written as this reads it. */
function atLeast(count, found, where) {
  if (found.length < count) throw new Error(`${where} has ${found.length} lines of the kind that the guide shows, not ${count} or more`);
  return found;
}

/** `(&["networkpolicies"], "traffic is not filtered"),` */
function kinds(text) {
  const table = /const RESOURCES[^]*?\n\];/.exec(text)?.[0] ?? "";
  return [...table.matchAll(/\(\s*&\[([^\]]*)\],\s*"([^"]*)",?\s*\)/g)].map(([, names, means]) => [names.match(/\w+/g), means]);
}

/** `const POD: &[…] = &[` and lines `("hostPID", Set, "each container sees its own processes only"),` */
function warned(text) {
  return [...text.matchAll(/^const (\w+): &\[\(&str, When, &str\)\] = &\[\n([^]*?)^\];/gm)].flatMap(([, where, lines]) =>
    [...lines.matchAll(/\("([^"]+)",\s*(Set|Is\("([^"]*)"\)),\s*"([^"]*)"/g)].map(([, field, , value, means]) => [where, value ? `${field}: ${value}` : field, means]),
  );
}

/** `@core.v1.PodSpec`, then lines `WORD …: FIELD FIELD`. */
function ledger(text) {
  const objects = [];
  for (const line of text.split("\n")) {
    const object = /^@(\S+)/.exec(line)?.[1];
    if (object) objects.push({ object, acts: [], carried: [], beyond: [] });
    const [, word, fields] = /^(acts|carried|told|refused|stored)\b[^:]*: (.*)/.exec(line) ?? [];
    const column = { acts: "acts", carried: "carried" }[word] ?? "beyond";
    if (word) objects.at(-1)[column].push(...fields.trim().split(/\s+/));
  }
  return objects;
}

const code = (words) => words.map((word) => `\`${word}\``).join(" ");

export function simulated(root, language) {
  const read = (file) => readFileSync(join(root, file), "utf8");
  const t = texts[language];
  const [, beyond] = /\n## What is not simulated\n\n([^]*?)\n\n## /.exec(read("ARCHITECTURE.md")) ?? [];
  if (!beyond) throw new Error("ARCHITECTURE.md no longer says what is not simulated");
  const stored = atLeast(5, kinds(read("crates/playground/src/commands/not_here.rs")), "not_here.rs");
  const told = atLeast(20, warned(read("crates/apiserver/src/unsimulated.rs")), "unsimulated.rs");
  const objects = atLeast(50, ledger(read("crates/cluster/tests/fields.txt")), "fields.txt");
  const table = (head, rows) => [head, head.replace(/[^|]+/g, "---"), ...rows.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
  return [
    `# ${t.title}`,
    t.begin,
    `## ${t.beyond}`,
    // Where in the sources that is done concerns who works on them.
    beyond.replace(/ \(`[^`)]*\/[^`)]*`\)/g, ""),
    `## ${t.kinds}`,
    t.kindsBegin,
    table(t.kindsTable, stored.map(([names, means]) => [code(names), means])),
    `## ${t.warned}`,
    t.warnedBegin,
    table(t.warnedTable, told.map(([where, field, means]) => [where.toLowerCase().replaceAll("_", " "), `\`${field}\``, means])),
    `## ${t.fields}`,
    t.fieldsBegin,
    table(t.fieldsTable, objects.map(({ object, acts, carried, beyond }) => [`\`${object.split(".").at(-1)}\``, code(acts), code(carried), code(beyond)])),
    "",
  ].join("\n\n");
}
