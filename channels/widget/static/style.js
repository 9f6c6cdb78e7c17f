// The widget's looks. Colours reach a contrast of 4.5 : 1 in both schemes; a page sets --minsheng-accent to its own.

export const STYLE = `
:host { display: flex; min-height: 24rem; color-scheme: light dark; --accent: var(--minsheng-accent, #0b5cad); font-size: 1.05rem; line-height: 1.6; }
:host([large]) { font-size: 1.45rem; }
* { box-sizing: border-box; }
section { flex: 1; min-width: 0; display: flex; flex-direction: column; overflow: hidden;
  border: 1px solid light-dark(#cdd5dd, #39424c); border-radius: .8em;
  background: light-dark(#fff, #1b2127); color: light-dark(#1c2733, #e6ebf0); }
.bar { display: flex; justify-content: space-between; align-items: center; gap: 1em; padding: .4em .8em; }
.bar span { color: light-dark(#8a3b00, #ffb27a); }
ol { flex: 1 1 0; min-height: 8rem; overflow-y: auto; list-style: none; margin: 0; padding: .5em .8em;
  display: flex; flex-direction: column; gap: .7em; }
li { max-width: 85%; align-self: flex-start; }
li p { margin: 0; padding: .55em .85em; border-radius: .8em; white-space: pre-line; overflow-wrap: anywhere;
  background: light-dark(#eef2f6, #2a323a); }
.me { align-self: flex-end; text-align: right; }
.me p { background: var(--accent); color: #fff; text-align: left; }
.notice p { background: light-dark(#fff4dc, #4a3a12); border-left: .3em solid light-dark(#b26a00, #ffc861); }
.speaker { font-size: .8em; color: light-dark(#55616d, #a9b4bf); }
.choices { display: flex; flex-wrap: wrap; gap: .45em; margin-top: .45em; }
form { display: grid; grid-template-columns: 1fr auto; gap: .5em; padding: .7em .8em;
  border-top: 1px solid light-dark(#cdd5dd, #39424c); }
.buttons { display: flex; flex-direction: column; gap: .35em; }
.chosen { grid-column: 1 / -1; list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .5em; }
.chosen:empty { display: none; }
.chosen li { position: relative; max-width: none; }
.chosen img { width: 6em; height: 6em; object-fit: cover; border-radius: .5em; font-size: .8em; }
.chosen button { position: absolute; top: 0; right: 0; min-height: 2.2em; width: 2.2em; padding: 0; border-radius: 50%;
  background: light-dark(#fff, #1b2127); }
.me img { display: block; max-width: 100%; max-height: 12em; border-radius: .5em; }
.me p progress, .me p span, .me p > button { display: block; width: 100%; margin-top: .35em; }
.me p > button { border-color: #fff; color: #fff; }
.me p > .photo { width: auto; margin: 0; padding: 0; border: 0; }
dialog { max-width: 96vw; max-height: 96vh; padding: .5em; border: 0; border-radius: .8em; background: light-dark(#fff, #1b2127); }
dialog img { display: block; max-width: 100%; max-height: 78vh; margin: auto; }
dialog form { display: block; border: 0; text-align: center; }
dialog::backdrop { background: rgb(0 0 0 / .6); }
label { grid-column: 1 / -1; font-size: .85em; }
textarea { font: inherit; padding: .45em .6em; border: 1px solid light-dark(#7b8794, #8a96a3); border-radius: .5em;
  resize: vertical; min-width: 0; background: light-dark(#fff, #14181c); color: inherit; }
button { font: inherit; min-height: 2.6em; padding: .3em .9em; border-radius: .6em; cursor: pointer;
  border: 1px solid var(--accent); background: transparent; color: light-dark(var(--accent), #9cc8ff); }
button[type=submit], button[aria-pressed=true] { background: var(--accent); color: #fff; }
:focus-visible { outline: 3px solid light-dark(#d06a00, #ffb454); outline-offset: 2px; }
`;
