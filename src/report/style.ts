/** How pages look: system fonts, few colours, each with a sign or a word beside it; light, dark, narrow and on paper. */
export const style = `
:root{--ink:#1d2126;--soft:#5b636d;--faint:#7d858f;--line:#e2e5e9;--page:#fbfbfa;--panel:#fff;--shade:#f3f4f6;
--client:#1f66b0;--server:#a85a00;--good:#1a7742;--bad:#b4231a;--almost:#7a6200;--notice:#2b62a8;--pick:#e5effb;
--sans:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
@media (prefers-color-scheme:dark){:root{--ink:#dfe3e8;--soft:#9ba4af;--faint:#727b86;--line:#2c3238;--page:#14171a;--panel:#1a1e22;--shade:#21262b;
--client:#78b0f0;--server:#e3a04e;--good:#63c78b;--bad:#ff857a;--almost:#d8bd4a;--notice:#84b5f2;--pick:#203449}}
*{box-sizing:border-box}
html{scroll-padding-top:12px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:14px/1.5 var(--sans);font-variant-numeric:tabular-nums}
a{color:inherit;text-decoration-color:var(--faint);text-underline-offset:3px}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--notice);outline-offset:2px}
main,header.top,footer{max-width:1180px;margin:0 auto;padding:0 28px}
header.top{padding-top:26px}
.crumbs{margin:0 0 10px;color:var(--soft);font-size:13px}
h1{font-size:26px;line-height:1.2;font-weight:650;letter-spacing:-.012em;margin:0;overflow-wrap:anywhere}
h1 small{font-weight:400;color:var(--soft);font-size:17px;letter-spacing:0;margin-left:6px}
h2{font-size:15px;font-weight:650;margin:40px 0 10px;padding-top:12px;border-top:1px solid var(--line)}
h3{font-size:13px;font-weight:600;color:var(--soft);margin:0 0 6px}
.columns+h3{margin-top:22px}
p{margin:0 0 8px;max-width:84ch;overflow-wrap:anywhere}
.lead{font-size:16px;line-height:1.5;margin:14px 0 16px;max-width:78ch}
.pre{white-space:pre-line}
.badges{display:flex;flex-wrap:wrap;gap:8px;margin:12px 0 0}
.badge{display:inline-block;white-space:nowrap;color:var(--soft)}
.badge b{display:inline-block;min-width:1.1em;text-align:center;font-weight:700}
.good{color:var(--good)}.bad,.error{color:var(--bad)}.almost,.warning{color:var(--almost)}.notice{color:var(--notice)}.quiet{color:var(--soft)}
.badges .badge{border:1px solid currentColor;border-radius:5px;padding:2px 10px 2px 7px;font-weight:600}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,auto));gap:10px 28px;margin:18px 0 0;padding:14px 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
dl.facts div{min-width:0}
dl.facts dt{color:var(--soft);font-size:12px}
dl.facts dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13px}
th,td{text-align:left;padding:4px 18px 4px 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
thead th{color:var(--soft);font-size:12px;white-space:nowrap;border-bottom-color:var(--faint)}
td.n,th.n{text-align:right;white-space:nowrap}
tfoot td{font-weight:600;border-bottom:0}
tbody tr:last-child td,tbody tr:last-child th{border-bottom-color:transparent}
tfoot tr:first-child td{border-top:1px solid var(--faint)}
.wide{width:100%}
.mono,pre,code{font-family:var(--mono);font-size:12.5px}
.client-name{color:var(--client);font-weight:600}.server-name{color:var(--server);font-weight:600}
.columns{display:grid;grid-template-columns:1fr 1fr;gap:18px 32px;align-items:start}
.columns>*{min-width:0}
pre{margin:0;padding:12px 14px;background:var(--shade);border-radius:6px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.55}
.stats{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:22px 32px;align-items:start}
.stats table{width:100%}
caption{text-align:left;font-weight:600;color:var(--soft);padding-bottom:4px}
figure{margin:0}figcaption{font-weight:600;color:var(--soft);font-size:13px;margin-bottom:2px}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:22px 32px;margin-top:22px}
.durations{margin-top:22px}
.note,.hint{color:var(--soft);font-size:13px}
.note b{color:var(--ink)}
svg{display:block;max-width:100%;height:auto}
svg text{font:11px var(--sans);fill:var(--soft);font-variant-numeric:tabular-nums}
svg text.mid{text-anchor:middle}svg text.end{text-anchor:end}
svg text.n{fill:var(--ink)}
svg .client{fill:var(--client)}svg .server{fill:var(--server)}
.track{overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:6px 0}
svg.timeline{max-width:none;height:224px;margin:0 auto}
svg .lane{fill:var(--shade);opacity:.55}
svg text.name{font-weight:600;font-size:12px}
svg .wire{stroke:var(--line);stroke-width:1}
svg text.tick{font-size:10px;fill:var(--soft)}
svg .break rect{fill:var(--page);stroke:var(--line);stroke-dasharray:2 3}
svg .break text{text-anchor:middle;font-size:10.5px;fill:var(--soft)}
svg .chop{opacity:.6}
.slot.text{--c:#2f76c4}.slot.bin{--c:#2b8a7c}.slot.cont{--c:#7d93ad}.slot.ping{--c:#8a63b8}.slot.pong{--c:#8a63b8}.slot.close{--c:#b4452f}.slot.reserved{--c:#b4231a}.slot.head{--c:#6d757e}
svg .slot{fill:var(--c)}
svg text.sign{font:600 8.5px var(--mono);fill:#fff;text-anchor:middle;pointer-events:none}
i.slot{display:inline-block;width:12px;height:15px;border-radius:2px;background:var(--c);color:#fff;font:600 9px/15px var(--mono);text-align:center;vertical-align:-2px}
svg .message{opacity:.85}
svg .first line{stroke:var(--faint);stroke-dasharray:3 3}
svg text.span{text-anchor:middle;font-size:10px;fill:var(--soft)}
svg .trip{fill:none;stroke:#8a63b8;stroke-width:1.2;opacity:.8}
svg .end line{stroke:var(--faint);stroke-width:1}
svg .end text{font-size:9.5px;text-anchor:middle;fill:var(--ink)}
svg .violation{font-size:10px;text-anchor:middle}svg .violation.error{fill:var(--bad)}svg .violation.warning{fill:var(--almost)}svg .violation.notice{fill:var(--notice)}
svg .code{font-size:10px;font-weight:600;text-anchor:middle;fill:var(--ink)}
svg .rate.frames{opacity:.5}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;color:var(--soft);font-size:12px;margin:8px 0 0;max-width:none}
.bar{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:0 0 8px}
input[type=search]{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--faint);border-radius:5px;padding:4px 10px;width:min(320px,100%)}
button{font:inherit;color:var(--soft);background:var(--panel);border:1px solid var(--line);border-radius:5px;padding:4px 10px;cursor:pointer}
button[aria-pressed=true]{color:var(--ink);border-color:var(--faint);background:var(--shade)}
button[aria-pressed=false]{text-decoration:line-through}
button[data-tone][aria-pressed=false]{text-decoration:none}
button b{font-weight:600}
output{color:var(--soft);font-size:13px;margin-left:auto}
.rows{--row:22px;max-height:min(76vh,704px);overflow:auto;background:var(--panel);border:1px solid var(--line);border-radius:6px;font:12.5px/22px var(--mono);contain:content}
.rows:focus{outline:2px solid var(--notice);outline-offset:-1px}
.row{display:grid;grid-template-columns:11ch 9ch 9ch 10ch minmax(0,auto) minmax(0,1fr);column-gap:1ch;height:22px;padding:0 10px;white-space:pre;cursor:default}
.row.frame{grid-template-columns:11ch 9ch 9ch 10ch minmax(0,56ch) minmax(0,1fr)}.row.octets{grid-template-columns:11ch 9ch 9ch 10ch 6ch minmax(0,1fr)}
.row>*{overflow:hidden;text-overflow:ellipsis;min-width:0}
.row .time{text-align:right;color:var(--soft)}
.row.client .side{color:var(--client)}.row.server .side{color:var(--server)}
.row .at{color:var(--soft)}
.row .payload{color:var(--soft)}
.row.frame .payload{color:var(--ink)}
.row.octets{color:var(--soft)}
.row.error .label,.row.error .text{color:var(--bad)}.row.warning .label{color:var(--almost)}.row.notice .label{color:var(--notice)}.row.good .label{color:var(--good)}
.row .text,.row .payload{unicode-bidi:isolate}
.row:hover{background:var(--shade)}
.row.selected{background:var(--pick)}
#row{margin-top:10px;min-height:64px}
#row .said{font-family:var(--mono);font-size:12.5px;max-width:none}
#row .where b{font-family:var(--mono)}
kbd{font:12px var(--mono);border:1px solid var(--line);border-bottom-width:2px;border-radius:4px;padding:0 5px;color:var(--soft)}
footer{color:var(--soft);font-size:12.5px;padding-top:28px;padding-bottom:40px}
details summary{cursor:pointer;color:var(--soft)}
.raw{font:12px/1.5 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;margin-top:8px}
.raw .tx{color:var(--client)}.raw .rx{color:var(--server)}
table.matrix td,table.matrix th{padding:5px 20px 5px 0}
table.matrix thead th{position:sticky;top:0;background:var(--page);z-index:1}
table.matrix tr.group th{padding-top:18px;font-weight:650}
table.matrix tr.case:hover td,table.matrix tr.case:hover th{background:var(--shade)}
table.matrix tr.selected td,table.matrix tr.selected th{background:var(--pick)}
table.matrix td.verdict{white-space:nowrap}
table.matrix td small{color:var(--soft);font-size:12px;display:block}
table.matrix td small.bad{color:var(--bad)}table.matrix td small.almost{color:var(--almost)}
table.matrix td a{text-decoration:none}table.matrix td a:hover{text-decoration:underline}
table.matrix .what{color:var(--soft);max-width:60ch;overflow-wrap:anywhere}
table.matrix .request{max-width:32ch;overflow-wrap:anywhere}table.matrix th small{color:var(--soft);font-weight:400}
tr[hidden]{display:none}
.tally{display:grid;grid-template-columns:max-content 1fr;gap:6px 22px;margin:18px 0 0}
.tally div{display:contents}
.tally .badge{margin-right:14px}
@media screen and (max-width:760px){
main,header.top,footer{padding-left:16px;padding-right:16px}
h1{font-size:22px}h1 small{display:block;margin:4px 0 0}
.columns{grid-template-columns:1fr}
dl.facts{grid-template-columns:1fr 1fr}
.rows{--row:62px;font-size:12px;line-height:18px}
.row,.row.frame,.row.octets{height:62px;padding:4px 10px;grid-template-columns:auto auto auto 1fr;grid-template-rows:18px 18px 18px;border-bottom:1px solid var(--line)}
.row .time{text-align:left}
.row .text,.row .payload{grid-column:1/-1}
.keys{display:none}
output{margin-left:0}
.table{overflow-x:auto}
table.stack thead{display:none}
table.stack tr{display:block;padding:8px 0;border-bottom:1px solid var(--line)}
table.stack td{display:block;border:0;padding:1px 0}
table.stack td.n{text-align:left}
table.matrix thead{display:none}
table.matrix,table.matrix tbody,table.matrix tr.group,table.matrix tr.group th{display:block}
table.matrix tr.case{display:flex;flex-wrap:wrap;gap:2px 14px;padding:8px 0;border-bottom:1px solid var(--line)}
table.matrix tr.case td,table.matrix tr.case th{border:0;padding:0;max-width:100%}
table.matrix td.what,table.matrix td.request{flex-basis:100%}
table.matrix td[data-label]::before{content:attr(data-label) " ";color:var(--soft)}
}
@media print{
:root{--page:#fff;--panel:#fff;--shade:#f6f6f6;--ink:#000;--soft:#444;--faint:#777;--line:#ccc;--client:#1f55a0;--server:#8a4a00;--good:#0d5f31;--bad:#9c1c14;--almost:#5f4c00;--notice:#1f4f8c}
body{font-size:10.5px}
main,header.top,footer{max-width:none;padding:0}
h1{font-size:20px}h1 small,.lead{font-size:13px}
h2{font-size:13px;margin-top:22px;break-after:avoid}
h3,.crumbs,.note,figcaption{font-size:10.5px}
table,dl.facts dt,.legend,footer{font-size:9.5px}
th,td{padding:2px 12px 2px 0}
table.matrix td,table.matrix th{padding:3px 12px 3px 0}
table.matrix tr.group th{padding-top:12px}
table.matrix td small,table.matrix th small,thead th{font-size:8.5px}
table.matrix td.what{width:50%;max-width:none}table.matrix .request{overflow-wrap:break-word}
.mono,pre,code,.raw{font-size:9px}
.bar,#row,.keys{display:none}
.rows{height:auto;max-height:none;overflow:visible;border:0;font-size:9px;line-height:14px;contain:none}
.row,.row.frame,.row.octets{height:auto;padding:0;grid-template-columns:10ch 9ch 8ch 9ch minmax(0,auto) minmax(20ch,1fr);break-inside:avoid}
.row .text,.row .payload{white-space:pre-wrap;overflow-wrap:anywhere}
.row.selected{background:none}
tr,figure,.stats table,.track{break-inside:avoid}
tr.group{break-after:avoid}
svg.timeline{max-width:100%;height:auto}
pre{white-space:pre-wrap}
}
`
