// The report's style sheet: one column of at most 1100 px, light and dark from the same properties, print in light.
// Measured and twin are blue and orange of Okabe and Ito's colour-blind-safe palette, and differ in dash as well.

const LIGHT = `
  --paper: #ffffff; --card: #f6f7f9; --ink: #1b1f24; --muted: #57606a; --rule: #dde1e6; --band: #eef1f5;
  --measured: #0068a8; --twin: #c75000; --limit: #3d444d; --money: #5f7186; --outage: rgba(120, 130, 145, .26);
  --good: #0a6b4f; --bad: #a8231a; --unknown: #7a5200;
  --good-wash: #e6f4ee; --bad-wash: #fbeae8; --unknown-wash: #fbf2dd;`

const DARK = `
  --paper: #14171b; --card: #1c2026; --ink: #e7eaee; --muted: #a3acb7; --rule: #333a43; --band: #1e232a;
  --measured: #56b4e9; --twin: #f0a63c; --limit: #c4ccd6; --money: #8299b3; --outage: rgba(165, 176, 192, .26);
  --good: #59c9a1; --bad: #ff8f80; --unknown: #e5b955;
  --good-wash: #16302a; --bad-wash: #3a1f1d; --unknown-wash: #33290f;`

export const PREFLIGHT_STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
main { max-width: 1100px; margin: 0 auto; padding: 28px 24px 40px; }
h1, h2, h3, p, ul, ol, dl, dd, figure, table { margin: 0; padding: 0; }
p, li { overflow-wrap: anywhere; }
h1 { font-size: 26px; line-height: 1.25; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 19px; line-height: 1.3; margin: 44px 0 6px; padding-top: 14px; border-top: 1px solid var(--rule); }
h3 { font-size: 15px; line-height: 1.35; }
h2 + p, .lead { color: var(--muted); max-width: 78ch; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
small, .small { font-size: 13px; color: var(--muted); }
.over { font-size: 13px; color: var(--muted); }
.facts { color: var(--muted); margin-top: 4px; overflow-wrap: anywhere; }

.notice { border: 1px solid var(--unknown); background: var(--unknown-wash); border-radius: 8px; padding: 10px 14px; overflow-wrap: anywhere; }
header .notice { margin-bottom: 18px; }
footer .notice { margin-top: 28px; }
.decision { display: grid; grid-template-columns: auto 1fr; gap: 8px 36px; align-items: center; margin: 20px 0 14px; padding: 16px 20px; border-radius: 10px; border-left: 6px solid; }
.decision h2 { font-size: 30px; letter-spacing: .01em; line-height: 1.15; margin: 0; padding: 0; border: 0; }
.decision ul { padding-left: 18px; }
.decision li + li { margin-top: 3px; }
.good { color: var(--good); } .bad { color: var(--bad); } .unknown { color: var(--unknown); }
.decision.good { background: var(--good-wash); } .decision.bad { background: var(--bad-wash); }
.decision.unknown { background: var(--unknown-wash); }
.decision ul { color: var(--ink); }

.numbers { display: grid; grid-template-columns: repeat(5, 1fr); gap: 10px; }
.numbers > div { background: var(--card); border-radius: 8px; padding: 12px 14px; border-top: 3px solid var(--rule); display: flex; flex-direction: column; }
.numbers > .is-good { border-top-color: var(--good); } .numbers > .is-bad { border-top-color: var(--bad); }
.numbers > .is-unknown { border-top-color: var(--unknown); }
.numbers dt { font-size: 13px; color: var(--muted); line-height: 1.3; }
.numbers dd.value { font-size: 25px; font-weight: 600; line-height: 1.3; letter-spacing: -.01em; }
.numbers dd.detail { font-size: 12.5px; line-height: 1.4; color: var(--muted); }

.scroll { overflow-x: auto; margin-top: 18px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.4; }
caption { text-align: left; font-weight: 600; font-size: 15px; padding-bottom: 6px; }
th, td { text-align: left; vertical-align: top; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 2px; }
thead th { font-size: 13px; font-weight: 600; color: var(--muted); vertical-align: bottom; border-bottom-color: var(--muted); }
tbody th { font-weight: 500; }
.num { text-align: right; }
td.num { white-space: nowrap; }
.num + .text { padding-left: 14px; }
td.num small { white-space: normal; }
tfoot th, tfoot td { font-weight: 600; border-bottom: 0; border-top: 2px solid var(--muted); }
caption, .word { overflow-wrap: anywhere; }
td small, th small { display: block; font-weight: 400; overflow-wrap: anywhere; }
.outcome { font-size: 12px; font-weight: 600; margin-left: 6px; white-space: nowrap; }
.whole { white-space: nowrap; }
.none { color: var(--muted); }

figure { margin-top: 18px; break-inside: avoid; }
figcaption { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 2px 24px; margin-bottom: 4px; }
figure > p { max-width: 90ch; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; color: var(--muted); }
.legend li::before { content: ""; display: inline-block; width: 24px; height: 0; margin-right: 7px; vertical-align: middle; border-top: 2.5px solid var(--measured); }
.legend .twin::before { border-top: 2.5px dashed var(--twin); }
.legend .solid-twin::before { border-top: 2.5px solid var(--twin); }
.legend .limit::before { border-top: 2px dotted var(--limit); }
.legend .outage::before { width: 14px; height: 14px; border: 0; background: var(--outage); }
figure svg { display: block; width: 100%; height: auto; }
figure .narrow { display: none; }

section > ul { padding-left: 18px; margin-top: 10px; }
.scroll + p { margin-top: 10px; }
section > ul + p { margin-top: 10px; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 36px; }
pre { background: var(--card); border-radius: 8px; padding: 12px 14px; margin-top: 14px; white-space: pre-wrap; overflow-wrap: anywhere; }
.commit { overflow-wrap: anywhere; }

@media screen and (min-width: 901px), print { .numbers.four { grid-template-columns: repeat(4, 1fr); } }
@media screen and (max-width: 900px) { .numbers { grid-template-columns: repeat(2, 1fr); } .numbers:not(.four) > :first-child { grid-column: 1 / -1; } }
@media screen and (max-width: 700px) {
  main { padding: 20px 14px 32px; }
  h1 { font-size: 22px; }
  h2 { margin-top: 34px; }
  .decision { grid-template-columns: 1fr; padding: 14px 16px; }
  .pair { grid-template-columns: minmax(0, 1fr); }
  table { font-size: 13px; }
  th, td { padding-right: 8px; }
  .num + .text { padding-left: 6px; }
  figure .wide { display: none; }
  figure .narrow { display: block; }
  .wide-table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .wide-table, .wide-table :is(tbody, tfoot, caption, tr, th, td) { display: block; }
  .wide-table tr { padding: 8px 0; border-bottom: 1px solid var(--rule); }
  .wide-table :is(tbody, tfoot) :is(th, td) { border: 0; padding: 1px 0; }
  .wide-table tbody th { font-weight: 600; }
  .wide-table td { display: flex; gap: 12px; justify-content: space-between; text-align: right; white-space: normal; }
  .wide-table td::before { content: attr(data-title); color: var(--muted); font-size: 13px; text-align: left; }
  .wide-table .text { padding-left: 0; }
  .wide-table td:empty { display: none; }
}
@media print {
  @page { margin: 14mm 12mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  h2 { margin-top: 24px; }
  h2, h3, h2 + p, caption, thead, tbody tr:first-child, tbody:not(:last-child) tr:last-child { break-after: avoid; }
  tr, li, .decision, .numbers, .notice, pre, section:has(> pre) { break-inside: avoid; }
  p { orphans: 3; widows: 3; }
  tfoot { display: table-row-group; }
  .scroll { overflow: visible; }
  table { font-size: 9.5pt; }
  th, td { padding: 3px 10px 3px 0; }
  .numbers > div { padding: 8px 10px; }
  .numbers dd.value { font-size: 17pt; }
  small, .small, .numbers dd.detail { font-size: 8.5pt; }
}
`
