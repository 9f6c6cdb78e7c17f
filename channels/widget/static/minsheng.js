// The chat widget: <minsheng-chat> on any page, served by the web application it talks to.

import { STYLE } from "./style.js";

const SERVER = new URL(import.meta.url).origin;
const STORE = "minsheng.conversation";
const LONGEST = 2000;
const KEPT = 200;
const DANGER = "遇到危险请直接拨打 110、119 或 120。";

class MinshengChat extends HTMLElement {
  #state = { session: null, after: 0, lines: [], unsent: [], large: false };
  #stream = null;

  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" }).innerHTML = `<style>${STYLE}</style>
      <section aria-label="和民声对话">
        <div class="bar"><span role="status"></span><button type="button" class="large" aria-pressed="false">大字</button></div>
        <ol role="log" aria-live="polite" aria-label="对话" tabindex="0"></ol>
        <form>
          <label for="words">您想说什么</label>
          <textarea id="words" rows="2" maxlength="${LONGEST}" placeholder="比如：身份证到期怎么换 / 门口路灯坏了"></textarea>
          <button type="submit">发送</button>
        </form>
      </section>`;
    this.#find("form").addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    this.#find("textarea").addEventListener("keydown", (event) => this.#onKey(event));
    this.#find(".large").addEventListener("click", () => this.#setLarge(!this.#state.large));
    this.#restore();
    this.#prepare(new URLSearchParams(location.search).get("say"));
    this.#setLarge(this.#state.large);
    this.#connect();
  }

  disconnectedCallback() { this.#stream?.close(); }

  #find(selector) { return this.shadowRoot.querySelector(selector); }

  // What was said, kept in this browser so that it is still there after a reload.

  #restore() {
    try { Object.assign(this.#state, JSON.parse(localStorage.getItem(STORE) ?? "{}")); } catch { /* begin anew */ }
    this.#state.lines.forEach((line) => this.#draw(line));
    if (!this.#state.lines.length) this.#draw({ who: "bot", text: "您好，我是民声，一个智能助手。想办什么事，或者遇到了什么问题，直接告诉我。" });
  }

  #keep() {
    this.#state.lines = this.#state.lines.slice(-KEPT);
    try { localStorage.setItem(STORE, JSON.stringify(this.#state)); } catch { /* private browsing: only until reload */ }
  }

  // The connection: a session once, then a stream that resumes where it broke off.

  async #connect() {
    try {
      this.#state.session ??= (await this.#post("/web/sessions", {})).session;
    } catch {
      this.#say("连不上，正在重试…");
      setTimeout(() => this.#connect(), 3000);
      return;
    }
    this.#keep();
    await this.#flush();
    this.#listen();
  }

  #listen() {
    const { session, after } = this.#state;
    this.#stream = new EventSource(`${SERVER}/web/events?session=${encodeURIComponent(session)}&after=${after}`);
    this.#stream.onopen = () => { this.#say(""); this.#flush(); };
    this.#stream.onmessage = (event) => this.#receive(JSON.parse(event.data));
    this.#stream.onerror = () => this.#reconnect();
  }

  async #reconnect() {
    this.#say("连接断了，正在重连…");
    this.#stream.close();
    setTimeout(async () => {
      const url = `${SERVER}/web/events?session=${encodeURIComponent(this.#state.session)}&after=0`;
      const probe = await fetch(url, { method: "GET", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(5000) }).catch(() => null);
      if (probe?.status === 401) this.#startOver();
      this.#connect();
    }, 2000);
  }

  #startOver() { Object.assign(this.#state, { session: null, after: 0 }); }

  #receive(event) {
    if (event.id <= this.#state.after) return; // seen before the stream resumed
    this.#state.after = event.id;
    this.#add({ who: event.kind === "notice" ? "notice" : "bot", text: event.text, buttons: event.buttons });
  }

  // What the resident says.

  #submit() {
    const field = this.#find("textarea");
    const text = field.value.trim();
    if (!text) return field.focus();
    field.value = "";
    field.focus();
    this.#send(text, text);
  }

  // Words that a link brings along, such as /?say=附议…: the resident reads them and sends them, or not.
  #prepare(words) {
    if (!words) return;
    const field = this.#find("textarea");
    field.value = words.slice(0, LONGEST);
    field.focus();
    const address = new URL(location);
    address.searchParams.delete("say");
    history.replaceState(history.state, "", address);
  }

  #onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.#submit(); }
  }

  #send(text, shown) {
    this.#add({ who: "me", text: shown });
    this.#state.unsent.push({ id: `${Date.now()}-${Math.random().toString(36).slice(2)}`, text });
    this.#keep();
    this.#flush();
  }

  // One at a time and in order; the server drops a message it has already taken.
  async #flush() {
    if (this.flushing || !this.#state.session) return;
    this.flushing = true;
    try {
      while (this.#state.unsent.length) {
        await this.#post("/web/messages", { session: this.#state.session, ...this.#state.unsent[0] });
        this.#state.unsent.shift();
        this.#keep();
      }
      this.#say("");
    } catch (error) {
      if (error.status === 401) this.#startOver();
      else if (error.status >= 400 && error.status < 500) { this.#state.unsent.shift(); this.#keep(); }
      this.#say(error.words ?? `暂时发不出去，已经留着，连上后自动发。${DANGER}`);
      if (this.#state.unsent.length) setTimeout(() => (this.#state.session ? this.#flush() : this.#connect()), 3000);
    } finally {
      this.flushing = false;
    }
  }

  async #post(path, body) {
    const response = await fetch(SERVER + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15000),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw Object.assign(new Error(response.statusText), { status: response.status, words: answer.error?.message });
    return answer;
  }

  // Drawing. Text goes in as text: nothing that anybody wrote becomes markup.

  #add(line) {
    this.#state.lines.push(line);
    this.#keep();
    this.#draw(line);
  }

  #draw({ who, text, buttons = [] }) {
    const log = this.#find("ol");
    log.querySelectorAll(".choices").forEach((old) => old.remove()); // only the latest question can be answered by button
    const item = document.createElement("li");
    item.className = who;
    const speaker = document.createElement("span");
    speaker.className = "speaker";
    speaker.textContent = { me: "我", bot: "民声", notice: "进展" }[who];
    const bubble = document.createElement("p");
    bubble.textContent = text;
    item.append(speaker, bubble);
    if (buttons.length) item.append(this.#choices(buttons));
    log.append(item);
    log.scrollTop = log.scrollHeight;
  }

  #choices(buttons) {
    const group = document.createElement("div");
    group.className = "choices";
    for (const { title, payload } of buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = title;
      button.addEventListener("click", () => { this.#send(payload, title); this.#find("textarea").focus(); });
      group.append(button);
    }
    return group;
  }

  #say(words) { this.#find("[role=status]").textContent = words; }

  #setLarge(large) {
    this.#state.large = large;
    this.toggleAttribute("large", large);
    this.#find(".large").setAttribute("aria-pressed", String(large));
    this.#keep();
  }
}

customElements.define("minsheng-chat", MinshengChat);
