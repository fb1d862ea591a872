/** The class view: a row for each student's link that is pasted. Nothing leaves the page, and nothing is kept. */
import titles from "titles";
import { OPENED } from "../page/payload";
import { clock, csv, type Row, rowsOf } from "./results";

const texts = {
  ko: {
    title: "반 전체의 결과",
    what: "학생들이 공유에서 복사한 세션 링크를 한 줄에 하나씩 붙여 넣으세요. 링크 앞뒤에 이름을 적어도 됩니다. 링크는 이 페이지 안에서만 읽고, 어디에도 보내거나 저장하지 않습니다.",
    field: "이름과 링크",
    note: "표는 학생의 페이지가 적어 둔 것입니다. 열기를 누르면 한 일을 처음부터 다시 실행해 확인할 수 있습니다.",
    columns: ["번호", "이름", "강의", "단계", "마친 단계", "확인", "예상", "명령", "시간", ""],
    open: "열기",
    download: "CSV로 받기",
    count: (rows: number, wrong: number) => `${rows}줄${wrong ? `, 그중 ${wrong}줄은 읽지 못했습니다` : ""}`,
    none: "이 줄에는 세션 링크가 없습니다",
    damaged: "읽을 수 없는 링크입니다. 중간에 잘렸을 수 있습니다",
    newer: "이 페이지보다 새로운 버전의 링크입니다",
    opened: "다른 곳의 강의",
    same: (row: number) => `${row}번과 같은 세션`,
  },
  en: {
    title: "A class's results",
    what: "Paste the session links that students copied under Share, one a line. A name may stand before or behind a link. They are read in this page: nothing is sent, and nothing is kept.",
    field: "Names and links",
    note: "The table is what the student's own page kept. Open does it all again from the beginning, for you to see.",
    columns: ["No.", "Name", "Lesson", "Step", "Steps done", "Checks", "Predictions", "Commands", "Time", ""],
    open: "Open",
    download: "Download CSV",
    count: (rows: number, wrong: number) => `${rows} ${rows === 1 ? "line" : "lines"}${wrong ? `, ${wrong} of which could not be read` : ""}`,
    none: "no session link in this line",
    damaged: "a link that cannot be read; perhaps it was cut off",
    newer: "a link of a newer version than this page",
    opened: "a lesson from elsewhere",
    same: (row: number) => `the same session as no. ${row}`,
  },
};

const asked = new URLSearchParams(location.search).get("lang");
const lang = (asked ?? navigator.languages.find((it) => /^(ko|en)\b/.test(it)) ?? "en").startsWith("ko") ? "ko" : "en";
const t = texts[lang];

function make<Name extends keyof HTMLElementTagNameMap>(name: Name, set: Partial<HTMLElementTagNameMap[Name]> = {}, ...inner: (Node | string)[]): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), set);
  made.append(...inner);
  return made;
}

/** The cells of a row but for the one that opens it. */
function cells(row: Row, at: number): string[] {
  const begin = [String(at + 1), row.name];
  if (!row.result) return [...begin, t[row.problem ?? "none"]];
  const { lesson, title, step, steps, checks, predictions, commands, seconds } = row.result;
  const of = ([done, all]: [number, number]) => `${done} / ${all}`;
  const name = row.same ? `${row.name} (${t.same(row.same)})`.trim() : row.name;
  return [String(at + 1), name, titles[lesson]?.[lang] ?? (title?.[lang].trim().slice(0, 200) || (lesson === OPENED ? t.opened : lesson)), String(step), of(steps), of(checks), String(predictions), String(commands), clock(seconds)];
}

/** Opens a link's session in this folder's page, wherever the link led. */
function opener(row: Row): Node | string {
  if (!row.result) return "";
  const { lesson } = row.result;
  const address = new URL(`./?lang=${lang}${lesson === OPENED ? "" : `&lesson=${lesson}`}`, location.href);
  address.hash = row.result.hash;
  return make("a", { href: address.href, target: "_blank", rel: "noopener", textContent: t.open });
}

function tableOf(rows: Row[]): HTMLTableElement {
  const head = make("tr", {}, ...t.columns.map((text) => (text ? make("th", { scope: "col", textContent: text }) : make("td"))));
  const body = rows.map((row, at) => {
    const [number, ...rest] = cells(row, at).map((text) => make("td", { textContent: text }));
    // What is wrong has the place of what would be there.
    if (!row.result) (rest.at(-1) as HTMLTableCellElement).colSpan = t.columns.length - 2;
    return make("tr", { className: row.result ? "" : "wrong" }, number as Node, ...rest, ...(row.result ? [make("td", {}, opener(row))] : []));
  });
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
}

export function showClass(): void {
  document.documentElement.lang = lang;
  document.title = `${t.title} · kube-playground`;
  const field = make("textarea", { rows: 8, spellcheck: false, id: "links" });
  field.setAttribute("autocomplete", "off");
  const count = make("p");
  count.setAttribute("role", "status");
  const table = make("div", { className: "table" });
  const download = make("button", { type: "button", textContent: t.download, disabled: true });
  let rows: Row[] = [];
  /** The last of several changes, each of which takes a while to be read. */
  let last = 0;
  field.addEventListener("input", async () => {
    const mine = ++last;
    const read = await rowsOf(field.value);
    if (mine !== last) return;
    rows = read;
    table.replaceChildren(...(rows.length ? [tableOf(rows)] : []));
    count.textContent = rows.length ? t.count(rows.length, rows.filter((row) => !row.result).length) : "";
    download.disabled = rows.length === 0;
  });
  download.addEventListener("click", () => {
    const text = csv([t.columns.slice(0, -1), ...rows.map(cells)]);
    const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href, download: "kube-playground-class.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  });
  const label = make("label", { htmlFor: "links", textContent: t.field });
  const main = make("main", {}, make("h1", { textContent: t.title }), make("p", { textContent: t.what }), label, field, count, table, make("p", { textContent: t.note }), download);
  document.body.replaceChildren(main);
  field.focus();
}
