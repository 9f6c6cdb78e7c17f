// The chat widget: <minsheng-chat> on any page, served by the web application it talks to.

import { shrunk, upload } from "./photos.js";
import { STYLE } from "./style.js";

const SERVER = new URL(import.meta.url).origin;
const STORE = "minsheng.conversation";
const LONGEST = 2000;
const MOST_PHOTOS = 9;
const REFUSED = [413, 422]; // what no second attempt makes better
const KEPT = 200;
const DANGER = "遇到危险请直接拨打 110、119 或 120。";

const newId = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;

class MinshengChat extends HTMLElement {
  #state = { session: null, after: 0, lines: [], unsent: [], large: false };
  #stream = null;
  #chosen = []; // photos that are to be sent: the file, and an address to show it by
  #sending = Promise.resolve();

  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" }).innerHTML = `<style>${STYLE}</style>
      <section aria-label="和民声对话">
        <div class="bar"><span role="status"></span><button type="button" class="large" aria-pressed="false">大字</button></div>
        <ol role="log" aria-live="polite" aria-label="对话" tabindex="0"></ol>
        <form>
          <label for="words">您想说什么</label>
          <textarea id="words" rows="2" maxlength="${LONGEST}" placeholder="比如：身份证到期怎么换 / 门口路灯坏了"></textarea>
          <div class="buttons"><button type="button" class="add">照片</button><button type="submit">发送</button></div>
          <ul class="chosen" aria-label="要发的照片"></ul>
          <input type="file" accept="image/*" multiple hidden>
        </form>
        <dialog aria-label="照片"><img alt="照片的大图"><form method="dialog"><button>关闭</button></form></dialog>
      </section>`;
    this.#find("form").addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    this.#find("textarea").addEventListener("keydown", (event) => this.#onKey(event));
    const files = this.#find("input[type=file]");
    this.#find(".add").addEventListener("click", () => files.click());
    files.addEventListener("change", () => { this.#choose([...files.files]); files.value = ""; });
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
    field.value = "";
    field.focus();
    if (text) this.#send(text, text);
    this.#chosen.splice(0).forEach((photo) => this.#sendPhoto(photo));
    this.#drawChosen();
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
    this.#state.unsent.push({ id: newId(), text });
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

  // Photos: chosen, looked at once more, and sent one after another.

  #choose(files) {
    const room = MOST_PHOTOS - this.#chosen.length;
    this.#say(files.length > room ? `一次最多发 ${MOST_PHOTOS} 张照片。` : "");
    this.#chosen.push(...files.slice(0, room).map((file) => ({ file, address: URL.createObjectURL(file) })));
    this.#drawChosen();
    this.#find("button[type=submit]").focus();
  }

  #drawChosen() {
    this.#find(".chosen").replaceChildren(...this.#chosen.map((photo, index) => {
      const item = document.createElement("li");
      const image = Object.assign(document.createElement("img"), { src: photo.address, alt: `要发的照片 ${index + 1}` });
      const remove = this.#button("×", () => {
        this.#chosen.splice(index, 1);
        this.#drawChosen();
        this.#find(".add").focus();
      });
      remove.setAttribute("aria-label", `不发照片 ${index + 1}`);
      item.append(image, remove);
      return item;
    }));
  }

  #sendPhoto({ file, address }) {
    const id = newId();
    const item = this.#draw({ who: "me", text: "照片" });
    const show = (...parts) => { item.querySelector("p").replaceChildren(...parts); this.#scroll(); };
    const image = Object.assign(document.createElement("img"), { src: address, alt: "我发的照片", onload: () => this.#scroll() });
    const attempt = async () => {
      const progress = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
      progress.setAttribute("aria-label", "正在发照片");
      show(image, progress);
      try {
        if (!this.#state.session) throw {};
        const fields = { session: this.#state.session, id, photo: await shrunk(file) };
        const { key } = await upload(`${SERVER}/web/photos`, fields, (share) => { progress.value = share; });
        show(this.#photo(key, address));
        this.#state.lines.push({ who: "me", text: "照片", photo: key });
        this.#keep();
        this.#say("照片已发送。");
      } catch (error) {
        if (error.status === 401) this.#startOver();
        const words = Object.assign(document.createElement("span"), { textContent: error.words ?? "照片没有发出去。" });
        const again = this.#button("再发一次", () => { this.#sending = this.#sending.then(attempt); });
        show(image, words, ...(REFUSED.includes(error.status) ? [] : [again]));
      }
    };
    this.#sending = this.#sending.then(attempt);
  }

  // A photo that was sent, to be opened; after a reload it comes from the server, which shows it to its owner alone.
  #photo(key, address) {
    const image = Object.assign(document.createElement("img"), { alt: "我发的照片", onload: () => this.#scroll() });
    const open = this.#button("", async () => {
      this.#find("dialog img").src = await this.#fetchPhoto(key);
      this.#find("dialog").showModal();
    });
    open.className = "photo";
    open.setAttribute("aria-label", "我发的照片，点开看大图");
    open.append(image);
    Promise.resolve(address ?? this.#fetchPhoto(key, "?size=small")).then(
      (shown) => { image.src = shown; },
      () => open.replaceWith("照片已经看不到了"),
    );
    return open;
  }

  async #fetchPhoto(key, size = "") {
    const headers = { Authorization: `Bearer ${this.#state.session}` };
    const response = await fetch(`${SERVER}/attachments/${encodeURIComponent(key)}${size}`, { headers });
    if (!response.ok) throw new Error(response.statusText);
    return URL.createObjectURL(await response.blob());
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

  #draw({ who, text, photo, buttons = [] }) {
    const log = this.#find("ol");
    log.querySelectorAll(".choices").forEach((old) => old.remove()); // only the latest question can be answered by button
    const item = document.createElement("li");
    item.className = who;
    const speaker = document.createElement("span");
    speaker.className = "speaker";
    speaker.textContent = { me: "我", bot: "民声", notice: "进展" }[who];
    const bubble = document.createElement("p");
    bubble.append(photo ? this.#photo(photo) : text);
    item.append(speaker, bubble);
    if (buttons.length) item.append(this.#choices(buttons));
    log.append(item);
    this.#scroll();
    return item;
  }

  #scroll() {
    const log = this.#find("ol");
    log.scrollTop = log.scrollHeight;
  }

  #button(title, pressed) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: title });
    button.addEventListener("click", pressed);
    return button;
  }

  #choices(buttons) {
    const group = document.createElement("div");
    group.className = "choices";
    for (const { title, payload } of buttons) {
      group.append(this.#button(title, () => { this.#send(payload, title); this.#find("textarea").focus(); }));
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
