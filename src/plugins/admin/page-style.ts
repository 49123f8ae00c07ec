/** The look of the page, in the light and the dark. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#fff, #1c2027);
  --text: light-dark(#1b1f24, #e4e8ee);
  --soft: light-dark(#5b6573, #98a2b0);
  --line: light-dark(#e1e5ea, #2d333c);
  --good: light-dark(#1a7f37, #4ac26b);
  --bad: light-dark(#b3261e, #ff8a80);
  --link: light-dark(#0a58ca, #7db3ff);
}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 76rem;
  background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .4rem 1rem; margin-bottom: 1.25rem }
h1 { font-size: 1.35rem; margin: 0 }
h2 { font-size: 1rem; margin: 0; display: inline }
a { color: var(--link) }
pre, .mono { font: .88em/1.55 ui-monospace, SFMono-Regular, Menlo, monospace }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 1rem 1.15rem; margin-bottom: 1.1rem;
}
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem 1rem; margin-bottom: .6rem }
.bar input { margin-left: auto; width: 18rem }
.soft { color: var(--soft) }
.note { max-width: 24rem }
td { overflow-wrap: break-word }
.good { color: var(--good) }
.bad { color: var(--bad) }
.pill { border: 1px solid currentColor; border-radius: 99px; padding: 0 .6rem; font-size: .85rem; font-weight: 600 }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .5rem 1.25rem .5rem 0; border-top: 1px solid var(--line) }
th { border: 0; padding-top: 0; color: var(--soft); font-size: .82rem; font-weight: 600 }
td:last-child, th:last-child { padding-right: 0 }
form { display: flex; flex-wrap: wrap; gap: .6rem }
form input { flex: 1; min-width: 14rem }
input, button {
  font: inherit; color: inherit; padding: .35rem .7rem;
  background: var(--ground); border: 1px solid var(--line); border-radius: 7px;
}
button { cursor: pointer; font-weight: 600 }
input:focus-visible, button:focus-visible { outline: 2px solid var(--link); outline-offset: 1px }
pre {
  margin: .9rem 0 0; padding: .8rem 1rem; overflow-x: auto;
  background: var(--ground); border: 1px solid var(--line); border-radius: 7px;
}
p { margin: 0 }
footer { color: var(--soft); font-size: .9rem }
footer a { margin-right: .8rem }
`
