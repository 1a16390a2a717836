// The dashboard of Sluice: reads the summaries of /v1/events, keeps the last hour of them in arrays of fixed size,
// and draws when it can be seen. What the server sends is only ever put into the page as text.
'use strict';

const POINTS = 366;              // of a timeline: an hour of 10 seconds each, or 6 minutes of one
const LAST = POINTS - 1;
const GAP_SECONDS = 3;           // summaries come each second
const SILENCE_SECONDS = 20;      // the server writes a comment every 15 s
const BACK_OFF_SECONDS = [1, 2, 4, 8, 10];
const MAXIMUM_RULES = 4_200;     // the server tells of at most 4,096 and "(others)"
const MAXIMUM_EVENT = 8 << 20;
const ROWS_AT_FIRST = 12;
const MAXIMUM_ROWS = 500;
const RATES = ['allowed', 'denied', 'shadow', 'degraded'];
const USE = ['use0', 'use1', 'use2', 'use3', 'use4', 'use5', 'use6', 'use7'];

const $ = (id) => document.getElementById(id);

// MARK: Numbers as text

const COUNTS = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']];
const SECONDS = [[1, ' s'], [1e-3, ' ms'], [1e-6, ' µs'], [1e-9, ' ns']];
const BYTES = [[2 ** 40, ' TiB'], [2 ** 30, ' GiB'], [2 ** 20, ' MiB'], [2 ** 10, ' KiB'], [1, ' B']];
const AGES = [[86_400, ' days'], [3_600, ' h'], [60, ' min'], [1, ' s']];
const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

function scaled(value, units) {
  if (!isNumber(value)) return '–';
  const [size, unit] = units.find((each) => value >= each[0] * 0.9995) ?? units.at(-1);
  const number = value / size;
  if (number > 0 && number < 0.005) return `<0.01${unit}`;
  return number.toFixed(number % 1 === 0 || number >= 9.95 ? 0 : number < 0.095 ? 2 : 1) + unit;
}

const short = (value) => scaled(value, COUNTS);
const span = (seconds) => scaled(seconds, SECONDS);
const bytes = (value) => scaled(value, BYTES);
const age = (seconds) => scaled(Math.round(seconds), AGES);
const count = (value) => isNumber(value) ? Math.round(value).toLocaleString('en') : '–';
const percent = (share) => !isNumber(share) ? '–' : share > 0 && share < 0.001 ? '<0.1 %'
  : `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;
const clock = (time) => new Date(time * 1000).toTimeString().slice(0, 8);

/** The clock, with the date in front when it is not of today. */
function moment(time) {
  const date = new Date(time * 1000), isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clock(time) : `${date.toLocaleDateString('sv')} ${clock(time)}`;
}

// MARK: What is kept

/** Points in time, the newest last; a track is a column of them, with NaN where nothing is known. */
class Timeline {
  times = new Float64Array(POINTS).fill(-Infinity);
  spans = new Float32Array(POINTS);                     // a point tells of so many seconds before its time
  tracks = new Set();

  constructor(name) { this.name = name; }

  addTracks(names) {
    const tracks = Object.fromEntries(names.map((name) => [name, new Float32Array(POINTS).fill(NaN)]));
    for (const name of names) this.tracks.add(tracks[name]);
    return tracks;
  }

  push(time, seconds) {
    for (const track of this.tracks) {
      track.copyWithin(0, 1);
      track[LAST] = NaN;
    }
    this.times.copyWithin(0, 1);
    this.spans.copyWithin(0, 1);
    this.times[LAST] = time;
    this.spans[LAST] = seconds;
  }

  /** The index of the first point after a time. */
  firstAfter(time) {
    let low = 0, high = POINTS;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] > time) high = middle; else low = middle + 1;
    }
    return low;
  }

  /** What a track of rates adds up to after a time, and over how many known seconds. */
  sum(track, since) {
    let total = 0, seconds = 0;
    for (let index = this.firstAfter(since); index < POINTS; index += 1) {
      if (Number.isNaN(track[index])) continue;
      total += track[index] * this.spans[index];
      seconds += this.spans[index];
    }
    return { total, seconds, mean: seconds > 0 ? total / seconds : NaN };
  }

  /** Whether something is unknown between a point and the one before it. */
  isGapBefore(index) {
    return !(this.times[index] - this.times[index - 1] <= this.spans[index] * 1.3 + 1.2);
  }
}

const seconds = new Timeline('seconds');
const tens = new Timeline('tens');
const shown = () => state.window > 300 ? tens : seconds;

/** Rates of decisions over time: those of one rule, or all. */
class Tally {
  pending = {};
  recent = Object.fromEntries(RATES.map((name) => [name, NaN]));

  constructor(...more) {
    this.seconds = seconds.addTracks(RATES);
    this.tens = tens.addTracks([...RATES, ...more]);
  }

  add(difference, dt) {
    for (const name in difference) {
      if (this.seconds[name]) this.seconds[name][LAST] = difference[name] / dt;
      this.pending[name] = (this.pending[name] ?? 0) + difference[name];
    }
  }

  /** Ends the 10 seconds that were gathered; null drops them. */
  commit(dt) {
    if (dt) for (const name in this.pending) this.tens[name][LAST] = this.pending[name] / dt;
    this.pending = {};
  }

  refresh(time) {
    for (const name of RATES) this.recent[name] = seconds.sum(this.seconds[name], time - 10.5).mean;
  }

  get decisions() { return this.recent.allowed + this.recent.denied; }
}

class Rule extends Tally {
  constructor({ policy, rule }) {
    super(...USE);
    Object.assign(this, { policy, name: rule, key: `${policy}/${rule}`, title: rule ? `${policy}/${rule}` : `${policy}, no rule` });
  }

  /** Takes the rule's part of a summary; returns what is new of it, or null when that is not known. */
  take(row, dt) {
    const last = this.row;
    this.row = row;
    this.mode = row.mode ?? '';
    this.limit = row.limit ?? '';
    if (!dt || !last || row.allowed < last.allowed || row.denied < last.denied) return null;
    const difference = {
      allowed: row.allowed - last.allowed, denied: row.denied + row.impossible - last.denied - last.impossible,
      shadow: row.shadow_denied - last.shadow_denied, degraded: row.degraded - last.degraded,
    };
    const use = bucketsOf(row), before = bucketsOf(last);
    this.add({ ...difference, ...Object.fromEntries(USE.map((name, index) => [name, use[index] - before[index]])) }, dt);
    return difference;
  }

  /** The shares of the 8 ranges of use and of the denied: in the window, or since the start when that is empty. */
  use() {
    const since = now() - state.window;
    const recent = [...USE, 'denied'].map((name) => tens.sum(this.tens[name], since).total + (this.pending[name] ?? 0));
    const isRecent = recent.some((value) => value > 0);
    const counts = isRecent ? recent : [...bucketsOf(this.row), this.row.denied + this.row.impossible];
    const sum = counts.reduce((one, two) => one + two) || 1;
    return { shares: counts.map((value) => value / sum), isRecent };
  }

  forget() {
    for (const timeline of [seconds, tens]) for (const track of Object.values(this[timeline.name])) timeline.tracks.delete(track);
  }

  get isShadow() { return this.mode === 'shadow'; }
  get hits() { return this.isShadow ? this.recent.shadow : this.recent.denied; }

  /** A rule in shadow mode decides nothing: what it would deny is compared with all decisions of its policy. */
  get share() {
    const decisions = this.isShadow ? state.policies.get(this.policy)?.decisions : this.decisions;
    return decisions ? this.hits / decisions : decisions;
  }
}

/** The use in a summary is cumulative, as in a histogram of Prometheus. */
const bucketsOf = (row) => row.use.map((value, index) => index ? value - row.use[index - 1] : value);

const total = new Tally('p50', 'p99');
Object.assign(total.seconds, seconds.addTracks(['p50', 'p99']));
const state = {
  rules: new Map(), policies: new Map(), known: new Map(), summary: null, arrived: 0, bucket: null, window: 300,
  sort: 'denied', isDescending: true, isExpanded: false, order: [], orderedAt: 0,
  selected: null, secret: sessionStorage.getItem('sluice-secret'), level: '', announcedAt: 0,
};

const now = () => state.summary ? state.summary.time + (performance.now() - state.arrived) / 1000 : Date.now() / 1000;

function takeHistory({ step, points }) {
  for (const timeline of [seconds, tens]) {
    for (const [time, ...values] of points) {
      // What the page missed stays a gap in the short window; the long one is filled from the server's memory.
      if (time <= timeline.times[LAST] + 0.5 || (timeline === seconds && state.summary)) continue;
      timeline.push(time, step);
      ['allowed', 'denied', 'p50', 'p99'].forEach((name, index) => { total[timeline.name][name][LAST] = values[index] ?? NaN; });
    }
  }
}

function takeSummary(summary) {
  const last = state.summary, between = last ? summary.time - last.time : 0;
  const dt = between > 0 && between <= GAP_SECONDS && summary.uptime >= last.uptime ? between : null;
  const decision = summary.latency.find((row) => row.name === 'decision') ?? {};
  if (dt) seconds.push(summary.time, dt);
  takeRules(summary.rules.slice(0, MAXIMUM_RULES), dt);
  gatherTens(summary.time, dt);
  for (const name of ['p50', 'p99']) {
    if (dt) total.seconds[name][LAST] = decision[name] ?? NaN;
    if (state.bucket.isNew) total.tens[name][LAST] = decision[name] ?? NaN;
  }
  state.summary = summary;
  state.arrived = performance.now();
}

function takeRules(rows, dt) {
  const sums = Object.fromEntries(RATES.map((name) => [name, 0])), seen = new Set();
  for (const row of rows) {
    const key = `${row.policy}/${row.rule}`;
    if (!state.rules.has(key)) state.rules.set(key, new Rule(row));
    const difference = state.rules.get(key).take(row, dt);
    if (difference) for (const name of RATES) sums[name] += difference[name];
    seen.add(key);
  }
  for (const [key, rule] of state.rules) {
    if (seen.has(key)) continue;
    rule.forget();
    state.rules.delete(key);
  }
  if (dt) total.add(sums, dt);
}

/** Ends a point of 10 seconds when the time passes a multiple of 10; a gap drops what was gathered. */
function gatherTens(time, dt) {
  const number = Math.floor(time / 10), bucket = state.bucket;
  if (bucket && dt) bucket.seconds += dt;
  if (bucket && dt && bucket.number === number) return void (bucket.isNew = false);
  const gathered = dt && bucket?.seconds > 0 && time > tens.times[LAST] ? bucket.seconds : null;
  if (gathered) tens.push(time, gathered);
  for (const tally of [total, ...state.rules.values()]) tally.commit(gathered);
  state.bucket = { number, seconds: 0, isNew: gathered !== null };
}

/** The means of the last 10 seconds, by rule and by policy. */
function refreshRates() {
  total.refresh(state.summary.time);
  state.policies.clear();
  for (const rule of state.rules.values()) {
    rule.refresh(state.summary.time);
    const policy = state.policies.get(rule.policy) ?? { rules: 0, decisions: 0, denied: 0 };
    policy.rules += rule.name ? 1 : 0;
    policy.decisions += rule.decisions || 0;
    policy.denied += rule.recent.denied || 0;
    state.policies.set(rule.policy, policy);
  }
}

// MARK: The server

class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Credentials are omitted, or the browser itself would ask for a password when the server answers 401. */
async function send(method, path, body, accept = 'application/json', signal) {
  const headers = { Accept: accept };
  if (state.secret) headers.Authorization = `Bearer ${state.secret}`;
  const options = { method, headers, signal, credentials: 'omit', cache: 'no-store' };
  if (body) options.body = JSON.stringify(body);
  const response = await fetch(path, options).catch(() => { throw new Problem(0, 'The server does not answer.'); });
  if (response.status === 401) showSignIn();
  if (response.ok || (response.status === 429 && !response.headers.get('Content-Type')?.includes('problem'))) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Problem(response.status, problem.detail ?? `The server answered ${response.status}.`);
}

const call = async (method, path, body) => (await send(method, path, body)).json();

/** The one event stream: opened again after a pause when it breaks, given up when it is silent for long. */
const stream = {
  attempt: 0, opener: null, timer: 0, retryAt: 0, brokenAt: 0, heard: 0, reason: '',

  async open() {
    this.close();
    const opener = this.opener = new AbortController();
    this.heard = performance.now();
    try {
      const response = await send('GET', '/v1/events', null, 'text/event-stream', opener.signal);
      await readEvents(response.body);
      throw new Problem(0, 'The stream ended.');
    } catch (error) {
      if (opener === this.opener && error.status !== 401) this.wait(error instanceof Problem ? error.message : 'The stream broke.');
    }
  },

  close() {
    clearTimeout(this.timer);
    this.retryAt = 0;
    const opener = this.opener;
    this.opener = null;
    opener?.abort();
  },

  take(name, data) {
    if (name === 'history') takeHistory(JSON.parse(data));
    if (name !== 'summary') return;
    takeSummary(JSON.parse(data));
    this.attempt = this.brokenAt = 0;
    schedule();
  },

  wait(reason) {
    this.close();
    const pause = BACK_OFF_SECONDS[Math.min(this.attempt, BACK_OFF_SECONDS.length - 1)] * (0.8 + Math.random() * 0.2) * 1000;
    this.attempt += 1;
    this.brokenAt ||= Date.now() / 1000;
    this.reason = reason;
    this.retryAt = performance.now() + pause;
    this.timer = setTimeout(() => this.open(), pause);
    schedule();
  },
};

/** Cuts a text/event-stream into events. */
async function readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = '', start = 0; ; text = text.slice(start), start = 0) {
    const { value, done } = await reader.read();
    if (done) return;
    stream.heard = performance.now();
    text += value.replaceAll('\r', '');
    if (text.length > MAXIMUM_EVENT) throw new Problem(0, 'The server sent an event without end.');
    for (let end; (end = text.indexOf('\n\n', start)) >= 0; start = end + 2) {
      const lines = text.slice(start, end).split('\n');
      const field = (name) => lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length).trim()).join('\n');
      stream.take(field('event:'), field('data:'));
    }
  }
}

// MARK: Putting things into the page

/** Sets only the attributes that differ, so that nothing is laid out again for nothing. */
function set(element, attributes) {
  for (const name in attributes) {
    const value = String(attributes[name]);
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  return element;
}

function svg(name, attributes, parent) {
  const element = set(document.createElementNS('http://www.w3.org/2000/svg', name), attributes);
  parent?.append(element);
  return element;
}

function html(name, attributes, parent) {
  const element = set(document.createElement(name), attributes);
  parent?.append(element);
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setHidden(element, isHidden) {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}

const announce = (text) => setText($('announcement'), text);

/** Brings the number of an element's children to `length`. */
function resize(parent, length, make) {
  while (parent.children.length > length) parent.lastElementChild.remove();
  while (parent.children.length < length) parent.append(make(parent.children.length));
}

/** Makes a table's head from data-columns: # marks numbers, * what is for admins, =key what can be sorted. */
function makeTable(table) {
  const head = html('tr', {}, html('thead', {}, table)), scroll = html('div', { class: 'scroll' });
  for (const column of table.dataset.columns.split(',')) {
    const [, mark, name, key] = column.match(/^([#*]?)([^=]+)=?(.*)$/);
    const cell = html('th', { scope: 'col', class: { '#': 'number', '*': 'admin' }[mark] ?? '' }, head);
    if (key) set(cell, { 'data-sort': key });
    (key ? html('button', { type: 'button', class: 'sort', 'data-action': 'sort', 'data-value': key }, cell) : cell).append(name);
  }
  html('tbody', {}, table);
  table.replaceWith(scroll);
  scroll.append(table);
}

/** Fills a table. A cell is a text, {text, action, value} for a button, or {bar} for a share of 1. */
function fillTable(id, rows) {
  const body = $(id).tBodies[0], columns = $(id).tHead.rows[0].cells;
  setHidden($(id).parentElement, !rows.length);
  resize(body, rows.length, () => document.createElement('tr'));
  rows.forEach((cells, number) => {
    resize(body.children[number], cells.length, (index) => index ? html('td', {}) : html('th', { scope: 'row' }));
    cells.forEach((cell, index) => fillCell(body.children[number].children[index], cell, columns[index].className));
  });
}

function fillCell(element, cell, columnClass) {
  const { text = '', level = '', action, value, bar, paths } = typeof cell === 'object' ? cell : { text: cell };
  set(element, { class: `${columnClass} ${level}` });
  const wanted = action ? 'button' : bar !== undefined ? 'span' : paths ? 'svg' : undefined;
  if (element.firstElementChild?.localName !== wanted) {
    element.replaceChildren(...!wanted ? [] : [paths ? svg('svg', { viewBox: '0 0 96 22', 'aria-hidden': true }) : html(wanted, {})]);
  }
  const inner = element.firstElementChild;
  if (bar !== undefined) return setBar(inner, bar);
  if (paths) return setPaths(inner, paths);
  if (action) set(inner, { type: 'button', class: 'link', 'data-action': action, 'data-value': value });
  setText(inner ?? element, String(text));
}

function setBar(element, share) {
  if (!element.firstChild) element.append(html('i', {}), html('b', {}));
  set(element, { class: 'meter' });
  element.firstChild.style.width = `${Math.min(100, share * 100 || 0).toFixed(1)}%`;
  setText(element.lastChild, percent(share));
}

function setPaths(element, paths) {
  resize(element, paths.length, () => svg('path', {}));
  paths.forEach(([name, d], index) => set(element.children[index], { class: name, d }));
}

/** Fills a <dl> from [name, text, level]. */
function fillFacts(list, facts) {
  resize(list, facts.length, () => {
    const pair = html('div', {});
    pair.append(html('dt', {}), html('dd', {}));
    return pair;
  });
  facts.forEach(([name, text, level = ''], index) => {
    const [term, description] = list.children[index].children;
    setText(term, name);
    setText(description, text);
    set(description, { class: level });
  });
}

// MARK: Charts

const observer = new ResizeObserver((entries) => {
  for (const { target, contentRect: { width, height } } of entries) target.chart.right = width - 10, target.chart.bottom = height - 22;
  schedule();
});

/** A step of 1, 2 or 5 times a power of ten, for about 4 of them in a range. */
function roundStep(range) {
  const power = 10 ** Math.floor(Math.log10(range / 4)), factor = range / 4 / power;
  return power * (factor > 5 ? 10 : factor > 2 ? 5 : factor > 1 ? 2 : 1);
}

/**
 * Rates or times over time. A series is {label, name, className, isArea}, `name` a track of the tally; areas stack on each
 * other. A pointer or the arrow keys pick a point, whose values the legend then tells; a sentence says the same in words.
 */
class Chart {
  left = 52;
  top = 18;
  picked = null;

  constructor(figure, { unit, format, isLogarithmic, series, tally, describe }) {
    Object.assign(this, { unit, format, isLogarithmic, tally, describe });
    const caption = figure.querySelector('figcaption'), legend = html('p', { class: 'legend' }, caption);
    this.frame = html('div', { class: 'frame', tabindex: 0, role: 'slider', 'aria-label': `Point in time, ${caption.innerText}` }, figure);
    this.svg = svg('svg', { 'aria-hidden': true }, this.frame);
    svg('text', { y: 10 }, this.svg).textContent = unit;
    [this.gaps, this.grid] = ['gap', 'grid'].map((name) => svg('path', { class: name }, this.svg));
    this.labels = svg('g', {}, this.svg);
    this.series = series.map((one) => this.addSeries(one, legend));
    this.cursor = svg('path', { class: 'cursor' }, this.svg);
    this.when = html('span', { class: 'when' }, legend);
    this.summary = html('p', { class: 'hint' }, figure);
    this.frame.chart = this;
    observer.observe(this.frame);
    this.listen();
  }

  addSeries(one, legend) {
    const entry = html('span', { class: one.className }, legend), path = svg('path', { class: one.className }, this.svg);
    if (one.className === 'denied') set(path, { fill: 'url(#hatch)' });
    entry.append(html('i', {}), `${one.label} `);
    return { ...one, path, legend: html('b', {}, entry) };
  }

  listen() {
    this.frame.addEventListener('pointermove', ({ offsetX }) => {
      this.pick(this.timeline.firstAfter(this.from + (offsetX - this.left) / (this.right - this.left) * state.window));
    });
    for (const name of ['pointerleave', 'blur']) this.frame.addEventListener(name, () => this.pick(null));
    this.frame.addEventListener('keydown', (event) => {
      const current = this.picked === null ? LAST : this.timeline.firstAfter(this.picked) - 1;
      const target = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: LAST }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      this.pick(target);
    });
  }

  get timeline() { return shown(); }
  get from() { return this.until - state.window; }
  get first() { return this.timeline.firstAfter(this.from); }
  x(time) { return Math.max(this.left, this.left + (time - this.from) / state.window * (this.right - this.left)).toFixed(1); }

  y(value) {
    const share = this.isLogarithmic ? Math.log(value / this.low) / Math.log(this.high / this.low) : value / this.high;
    return (this.bottom - Math.max(0, share) * (this.bottom - this.top)).toFixed(1);
  }

  draw() {
    if (!(this.right > 0)) return;
    this.until = now();
    const tracks = this.tally()[this.timeline.name], base = new Float64Array(POINTS);
    for (const one of this.series) one.values = tracks[one.name];
    this.findRange();
    this.drawTicks([...this.valueTicks(), ...this.timeTicks()]);
    for (const one of this.series) set(one.path, { d: this.outline(one, base) });
    const gap = ([from, to]) => `M${this.x(from)},${this.top}H${this.x(to)}V${this.bottom}H${this.x(from)}Z`;
    set(this.gaps, { d: this.unknown().map(gap).join('') });
    this.showPicked();
    setText(this.summary, this.describe(this, tracks));
  }

  findRange() {
    let low = 1e-6, high = 0;
    for (let index = this.first; index < POINTS; index += 1) {
      let stack = 0;
      for (const { values, isArea } of this.series) {
        if (!(values[index] > 0)) continue;
        stack = isArea ? stack + values[index] : values[index];
        low = Math.min(low, values[index]);
        high = Math.max(high, stack);
      }
    }
    this.step = roundStep(Math.max(high, 1) * 1.02);
    this.low = 10 ** Math.floor(Math.log10(low));
    this.high = this.isLogarithmic ? 10 ** Math.ceil(Math.log10(Math.max(high, 1e-5)))
      : Math.ceil(Math.max(high, 1) * 1.02 / this.step) * this.step;
  }

  valueTicks() {
    const ticks = [], { isLogarithmic, low, high, step } = this;
    for (let value = isLogarithmic ? low : 0; value <= high * 1.001; value = isLogarithmic ? value * 10 : value + step) {
      ticks.push({ y: this.y(value), text: this.format(value) });
    }
    return ticks;
  }

  timeTicks() {
    const ticks = [], step = [60, 120, 300, 600, 1200].find((each) => state.window / each * 56 < this.right - 50) ?? 1800;
    const offset = new Date(this.until * 1000).getTimezoneOffset() * 60;
    for (let time = Math.ceil((this.from - offset) / step) * step + offset; time <= this.until; time += step) {
      const x = this.x(time);
      if (x > this.left + 14 && x < this.right - 6) ticks.push({ x, text: clock(time).slice(0, 5) });
    }
    return ticks;
  }

  /** A tick {y, text} has a line across, a tick {x, text} a short one. */
  drawTicks(ticks) {
    const { left, right, bottom } = this;
    set(this.svg, { viewBox: `0 0 ${right + 10} ${bottom + 22}` });
    set(this.grid, { d: ticks.map(({ x, y }) => x ? `M${x},${bottom}v4` : `M${left},${y}H${right}`).join('') });
    resize(this.labels, ticks.length, () => svg('text', {}));
    ticks.forEach(({ x, y, text }, index) => {
      const label = this.labels.children[index];
      set(label, x ? { x, y: bottom + 16, class: 'below' } : { x: left - 6, y: +y + 4, class: 'beside' });
      setText(label, text);
    });
  }

  /** The outline of a series, broken wherever something is unknown; an area lies on `base` and raises it. */
  outline({ values, isArea }, base) {
    const { times, spans } = this.timeline;
    let path = '', above = [], below = [];
    const end = () => {
      if (above.length) path += `M${above.join('L')}${isArea ? `L${below.reverse().join('L')}Z` : ''}`;
      above = [];
      below = [];
    };
    const add = (time, low, value) => {
      above.push(`${this.x(time)},${this.y(low + value)}`);
      if (isArea) below.push(`${this.x(time)},${this.y(low)}`);
    };
    for (let index = this.first; index < POINTS; index += 1) {
      const value = values[index], low = isArea ? base[index] : 0;
      if (Number.isNaN(value) || this.timeline.isGapBefore(index)) end();
      if (Number.isNaN(value)) continue;
      if (!above.length) add(times[index] - spans[index], low, value);
      add(times[index], low, value);
      if (isArea) base[index] += value;
    }
    end();
    return path;
  }

  /** The times in the window of which nothing is known, after the first that is. */
  unknown() {
    const { timeline } = this, { times, spans } = timeline, gaps = [], late = this.until - times[LAST];
    for (let index = Math.max(1, this.first); index < POINTS; index += 1) {
      if (isNumber(times[index - 1]) && timeline.isGapBefore(index)) gaps.push([times[index - 1], times[index] - spans[index]]);
    }
    if (isNumber(late) && late > GAP_SECONDS + (timeline === tens ? 10 : 0)) gaps.push([times[LAST], this.until]);
    return gaps;
  }

  /** A point is remembered by its time, for its place changes. */
  pick(index) {
    this.picked = index === null ? null : this.timeline.times[Math.max(this.first, Math.min(LAST, index))] ?? null;
    if (this.high) this.showPicked();
  }

  showPicked() {
    const { timeline, picked, first } = this, isPicked = picked >= this.from, index = isPicked ? timeline.firstAfter(picked) - 1 : LAST;
    const isKnown = isPicked || this.until - timeline.times[LAST] < 15;
    const told = this.series.map(({ values, legend, label }) => {
      setText(legend, isKnown ? this.format(values[index]) : '–');
      return `${label} ${legend.textContent}`;
    });
    setText(this.when, isPicked ? `at ${clock(picked)}` : 'now');
    set(this.cursor, { d: isPicked ? `M${this.x(picked)},${this.top}V${this.bottom}` : '' });
    set(this.frame, { 'aria-valuemin': 0, 'aria-valuemax': Math.max(0, LAST - first), 'aria-valuenow': Math.max(0, index - first),
      'aria-valuetext': `${this.when.textContent}: ${told.join(', ')} ${this.unit}` });
  }
}

const windowName = () => state.window > 300 ? 'hour' : '5 min';

function describeRates(chart, { allowed, denied, shadow }) {
  const { timeline, from } = chart, mean = (track) => timeline.sum(track, from).mean, all = mean(allowed) + mean(denied);
  if (!isNumber(all)) return `Nothing is known of the last ${windowName()} yet.`;
  let peak = chart.first;
  for (let index = peak; index < POINTS; index += 1) if (!(denied[index] <= denied[peak])) peak = index;
  const unknown = chart.unknown().reduce((sum, gap) => sum + gap[1] - Math.max(gap[0], from), 0);
  return `Last ${windowName()}: ${short(all)} decisions/s, ${percent(all ? mean(denied) / all : 0)} denied`
    + (denied[peak] > 0 ? `, most at ${clock(timeline.times[peak])} (${short(denied[peak])}/s)` : '')
    + (mean(shadow) > 0 ? `; shadow rules would deny ${short(mean(shadow))}/s` : '')
    + (unknown > 1 ? `; nothing is known of ${age(unknown)}.` : '.');
}

function describeLatency({ timeline, from, first }, { p50, p99 }) {
  const middle = timeline.sum(p50, from).mean, highest = p99.slice(first).reduce((most, value) => value > most ? value : most, 0);
  return isNumber(middle) ? `Last ${windowName()}: p50 was ${span(middle)} on average, p99 ${span(highest)} at most.`
    : `No decision was timed in the last ${windowName()}.`;
}

const selectedRule = () => state.rules.get(state.selected);
const rates = {
  unit: 'per second', format: short, describe: describeRates,
  series: [{ label: 'denied', name: 'denied', className: 'denied', isArea: true },
    { label: 'allowed', name: 'allowed', className: 'allowed', isArea: true },
    { label: 'shadow denied', name: 'shadow', className: 'shadow' }],
};
const charts = {
  all: new Chart($('chart-all'), { ...rates, tally: () => total }),
  rule: new Chart($('chart-rule'), { ...rates, tally: selectedRule }),
  latency: new Chart($('chart-latency'), { unit: 'each step ten times', format: span, isLogarithmic: true, tally: () => total,
    describe: describeLatency, series: [{ label: 'p50', name: 'p50', className: 'middle' }, { label: 'p99', name: 'p99', className: 'high' }] }),
};

// MARK: The table of rules

const COLUMNS = {
  policy: (rule) => rule.policy, name: (rule) => rule.name, limit: (rule) => rule.limit, mode: (rule) => rule.mode,
  decisions: (rule) => rule.decisions || 0, denied: (rule) => rule.hits || 0, share: (rule) => rule.share || 0,
};

function rowOf(rule) {
  const level = rule.isShadow ? 'shadow' : rule.share >= 0.05 ? 'warn' : '';
  return [rule.policy, { text: rule.name || 'no rule', action: 'rule', value: rule.key }, limitOf(rule), rule.mode,
    rule.isShadow && !rule.decisions ? '–' : short(rule.decisions), { text: (rule.isShadow ? 'would: ' : '') + short(rule.hits), level },
    { bar: rule.share, level }, { paths: trendOf(rule) }, { paths: useOf(rule) }];
}

function limitOf({ policy, name, limit }) {
  const override = state.summary.overrides.find((each) => each.policy === policy && each.rule === name);
  return override ? `${override.limit}, by hand` : limit;
}

/** Decisions, denied and shadow denied over the window as paths of 48 steps; gaps stay open. */
function trendOf(rule) {
  const timeline = shown(), { allowed, denied, shadow } = rule[timeline.name], from = now() - state.window;
  const steps = [0, 1, 2].map(() => new Float32Array(48).fill(NaN));
  for (let index = timeline.firstAfter(from); index < POINTS; index += 1) {
    const step = Math.min(47, Math.floor((timeline.times[index] - from) / state.window * 48));
    [allowed[index] + denied[index], denied[index], rule.isShadow ? shadow[index] : NaN].forEach((value, each) => {
      if (!(value <= steps[each][step]) && value >= 0) steps[each][step] = value;
    });
  }
  const highest = Math.max(...steps.map((each) => each.reduce((most, value) => value > most ? value : most, 0))) || 1;
  const y = (value) => (21 - value / highest * 19).toFixed(1), from0 = (value, step) => value > 0 ? `M${step * 2},21V${y(value)}h2V21Z` : '';
  const line = (each) => Array.from(each, (value, step) => value >= 0 ? `${each[step - 1] >= 0 ? 'L' : 'M'}${step * 2},${y(value)}h2` : '').join('');
  return [['allowed', line(steps[0])], ['denied', Array.from(steps[1], from0).join('')], ['shadow', line(steps[2])]];
}

function useOf(rule) {
  const { shares, isRecent } = rule.use(), most = Math.max(...shares) || 1;
  const bars = shares.map((share, range) => share && `M${range * 10 + (range > 7) * 4},22V${(21 - share / most * 20).toFixed(1)}h8V22Z`);
  return [[isRecent ? 'use' : 'use old', bars.slice(0, 8).filter(Boolean).join('')], [isRecent ? 'denied' : 'use old', bars[8] || '']];
}

/** Puts the rows in order when asked to, or every 5 s while nobody points at them; then writes what has changed. */
function drawRules(isForced) {
  const body = $('rule-table').tBodies[0], isHeld = body.contains(document.activeElement) || body.matches(':hover');
  if (isForced || !state.order.length || (!isHeld && performance.now() - state.orderedAt > 5000)) orderRules();
  fillTable('rule-table', state.order.filter((rule) => state.rules.get(rule.key) === rule).map(rowOf));
}

function orderRules() {
  const words = $('filter').value.toLowerCase().split(/\s+/).filter(Boolean), column = COLUMNS[state.sort], sign = state.isDescending ? -1 : 1;
  const compare = (one, two) => typeof one === 'string' ? one.localeCompare(two, 'en', { numeric: true }) : one - two;
  const matches = (rule) => words.every((word) => `${rule.key} ${rule.mode} ${rule.limit}`.toLowerCase().includes(word));
  const rules = [...state.rules.values()].filter(matches).sort((one, two) => sign * compare(column(one), column(two))
    || compare(two.decisions || 0, one.decisions || 0) || compare(one.key, two.key));
  Object.assign(state, { orderedAt: performance.now(), order: rules.slice(0, state.isExpanded ? MAXIMUM_ROWS : ROWS_AT_FIRST) });
  setText($('more'), state.isExpanded ? `Show the first ${ROWS_AT_FIRST}` : `Show all ${rules.length} rules`);
  setHidden($('more'), rules.length <= ROWS_AT_FIRST);
  setText($('rules-note'), rules.length > MAXIMUM_ROWS ? `The first ${MAXIMUM_ROWS} are shown; the filter finds the others.`
    : rules.length ? '' : `None of ${state.rules.size} rules matches.`);
}

function sortBy(column) {
  state.isDescending = state.sort === column ? !state.isDescending : column >= 'd' && column < 'e' || column === 'share';
  state.sort = column;
  for (const head of $('rule-table').tHead.rows[0].cells) {
    if (head.dataset.sort) set(head, { 'aria-sort': head.dataset.sort !== column ? 'none' : state.isDescending ? 'descending' : 'ascending' });
  }
  schedule(true);
}

// MARK: The rest of the page

const ruleLink = ({ policy, rule }) => ({ text: `${policy}/${rule}`, action: 'rule', value: `${policy}/${rule}` });

/** What somebody who was woken up must know first, as [level, text]; the first one's level is announced when it changes. */
function verdict(summary) {
  const lines = [], rules = [...state.rules.values()], { denied, degraded } = total.recent, share = denied / total.decisions;
  const broken = summary.breakers.filter(({ state: each }) => each !== 'closed').map(({ name, state: each }) => `${name} (${each})`);
  const worst = rules.filter((rule) => !rule.isShadow).reduce((most, rule) => rule.recent.denied > (most?.recent.denied ?? 0) ? rule : most, null);
  if (broken.length) {
    lines.push(['bad', `Breaker not closed: ${broken.join(', ')}. ` + (degraded > 0
      ? `The failure choice of the rules decides ${short(degraded)}/s.` : 'No decision depends on it now.')]);
  }
  if (worst) {
    const who = summary.callers.find((each) => each.policy === worst.policy && each.rule === worst.name);
    lines.push([share >= 0.05 ? 'warn' : 'good', `${worst.title} denies ${short(worst.recent.denied)}/s, ${percent(worst.share)} of what it decides; `
      + `${percent(share)} of all decisions are denied.` + (who ? ` Most denied by it since the start: ${who.caller}.` : '')]);
  } else {
    lines.push(['good', total.decisions > 0 ? 'Nothing is denied now.' : 'Nothing is asked now.']);
  }
  if (degraded > 0 && !broken.length) lines.push(['bad', `The store fails: the failure choice of the rules decides ${short(degraded)}/s.`]);
  if (summary.cells && summary.cells.held > summary.cells.limit * 0.9) lines.push(['warn', 'The store is nearly full; see --max-cells.']);
  if (!summary.load.succeeded) lines.push(['warn', `The last reload failed; the policies stay as they were. ${summary.load.message ?? ''}`]);
  const shadow = rules.filter((rule) => rule.isShadow && rule.recent.shadow > 0).map((rule) => `${rule.title} ${short(rule.recent.shadow)}/s`);
  if (shadow.length) lines.push(['note', `In shadow mode would be denied: ${shadow.slice(0, 3).join(', ')}${shadow.length > 3 ? ' and more' : ''}.`]);
  for (const each of summary.overrides) lines.push(['note', `Changed by hand: ${each.policy}/${each.rule}, ${each.limit} until ${moment(each.until)}.`]);
  return lines.sort((one, two) => (two[0] === 'bad') - (one[0] === 'bad'));
}

function drawNow(summary) {
  const lines = verdict(summary), list = $('verdict'), open = summary.breakers.some((each) => each.state !== 'closed');
  resize(list, lines.length, () => html('li', {}));
  lines.forEach(([level, text], index) => setText(set(list.children[index], { 'data-level': level }), text));
  if (lines[0][0] !== state.level && performance.now() - state.announcedAt > 10_000) {
    if (state.level) announce(lines[0][1]);
    Object.assign(state, { level: lines[0][0], announcedAt: performance.now() });
  }
  const decision = summary.latency.find((row) => row.name === 'decision'), { cells } = summary, { denied } = total.recent;
  fillFacts($('figures'), [
    ['Decisions', `${short(total.decisions)}/s`], ['Denied', `${short(denied)}/s`, denied / total.decisions >= 0.05 ? 'warn' : ''],
    ['Share denied', percent(total.decisions ? denied / total.decisions : 0)], ['Decision p99', span(decision?.p99)],
    ['Store', open ? 'breaker open' : total.recent.degraded > 0 ? 'failing' : cells ? `${percent(cells.held / cells.limit)} full` : 'well', open ? 'warn' : ''],
    ['Memory', bytes(summary.process.resident_bytes)]]);
  setText($('facts'), `${summary.store} store, ${summary.version}, up ${age(summary.uptime)}`);
  setText(document.querySelector('title'), denied >= 0.05 ? `${short(denied)}/s denied – Sluice` : 'Sluice');
  setHidden($('empty'), summary.rules.some((row) => row.allowed + row.denied + row.impossible > 0));
}

function drawPanels(summary) {
  const policies = [...state.policies].sort(([, one], [, two]) => two.denied - one.denied || two.decisions - one.decisions).slice(0, 10);
  fillTable('caller-table', summary.callers.slice(0, 10).map((each) => [
    summary.shows_callers ? { text: each.caller, action: 'caller', value: `${each.policy} ${each.caller}` } : each.caller,
    ruleLink(each), each.error ? `${count(each.denied - each.error)}–${count(each.denied)}` : count(each.denied)]));
  setText($('callers-note'), !summary.callers.length ? 'Nobody has been denied.'
    : `Since the start; the true number lies in the range. ${summary.shows_callers ? '' : 'Hashes; serve with --show-callers to see names.'}`);
  fillTable('policy-table', policies.map(([name, each]) => [{ text: name, action: 'filter', value: name }, each.rules, short(each.decisions),
    short(each.denied), { bar: each.decisions ? each.denied / each.decisions : 0 }]));
  fillTable('lease-table', summary.leases.map((each) => [ruleLink(each), `${each.held} of ${each.limit}`, { bar: each.held / each.limit }]));
  fillTable('latency-table', summary.latency.map((each) => [each.name, span(each.p50), span(each.p90), span(each.p99), span(each.p999), count(each.count)]));
  fillTable('transport-table', summary.transports.map((each) => [each.name, count(each.connections), count(each.refused), count(each.requests), count(each.errors)]));
  fillTable('override-table', summary.overrides.map((each) => [ruleLink(each), each.limit, each.instead_of, moment(each.until),
    { text: 'End…', action: 'end', value: `${each.policy}/${each.rule}` }]));
  setText($('overrides-note'), summary.overrides.length ? '' : 'None. Open a rule to change its limit for a while.');
  setHidden($('leases'), !summary.leases.length);
  drawStore(summary);
}

function drawStore({ store, cells, nodes, breakers, load, process, uptime }) {
  fillFacts($('store-facts'), cells ? [['Kind', store], ['Cells', `${count(cells.held)} of ${count(cells.limit)} (${percent(cells.held / cells.limit)})`],
    ['Memory', bytes(cells.bytes)], ['Cells dropped', count(cells.dropped), cells.dropped ? 'warn' : '']] : [['Kind', store]]);
  fillTable('node-table', nodes.map((each) => [each.node, { text: each.breaker, level: each.breaker === 'closed' ? '' : 'bad' }, `${each.ready} of ${each.lanes}`,
    count(each.queue), count(each.errors), each.memory_limit ? `${bytes(each.memory)} of ${bytes(each.memory_limit)}` : bytes(each.memory)]));
  fillTable('breaker-table', breakers.filter(({ name }) => !nodes.some(({ node }) => node === name))
    .map((each) => [each.name, { text: each.state, level: each.state === 'closed' ? '' : 'bad' }]));
  fillFacts($('server-facts'), [
    ['Last load', load.succeeded ? `${moment(load.time)}, good, took ${span(load.seconds)}` : 'failed', load.succeeded ? '' : 'warn'],
    ['In force', `${count(load.policies)} policies, ${count(load.rules)} rules`], ['Reloads', `${load.reloads}, ${load.failures} failed`],
    ['Processor', `${percent(process.cpu_seconds / uptime)} of a core, ${age(process.cpu_seconds)} in all`],
    ['Memory', bytes(process.resident_bytes)], ['Files, threads', `${process.open_files}, ${process.threads}`]]);
}

function drawDetail() {
  const rule = selectedRule(), { row } = rule ?? {};
  if (!rule) return $('rule').close();
  fillFacts($('rule-facts'), [['Limit', limitOf(rule) || 'none'], ['Mode', rule.mode || '–'],
    ['Counts by', state.known.get(rule.policy)?.find((each) => each.name === rule.name)?.by.join(', ') || '–'],
    ['Decisions/s', short(rule.decisions)], [rule.isShadow ? 'Would deny/s' : 'Denied/s', `${short(rule.hits)} (${percent(rule.share)})`],
    ['Since the start', `${short(row.allowed)} allowed, ${short(row.denied)} denied, ${short(row.impossible)} impossible, `
      + `${short(row.shadow_denied)} shadow denied, ${short(row.degraded)} degraded`]]);
  charts.rule.draw();
  const { shares, isRecent } = rule.use(), ranges = shares.map((share, range) => [
    range < 8 ? `allowed, ${range * 12.5}–${range * 12.5 + 12.5} % used` : 'denied', { bar: share, level: range < 8 ? '' : 'warn' }]);
  fillTable('use-table', ranges);
  setText($('use-note'), `Share of its decisions ${isRecent ? `in the last ${windowName()}` : 'since the start; none in this window'}.`);
}

async function openRule(key) {
  const rule = state.rules.get(key);
  if (!rule) return;
  state.selected = key;
  history.replaceState(null, '', `#rule=${encodeURIComponent(key)}`);
  setText($('rule-title'), rule.title);
  setHidden($('override-form'), !rule.name);
  $('override-form').limit.value = rule.limit;
  setText($('override-form').querySelector('.error'), '');
  fillTable('rule-caller-table', []);
  setText($('rule-callers-note'), 'Loading.');
  if (!$('rule').open) $('rule').showModal();
  $('rule-title').focus();
  schedule();
  const query = new URLSearchParams({ policy: rule.policy, rule: rule.name, limit: 10, include_details: true });
  const lines = await send('GET', `/v1/callers?${query}`, null, 'application/x-ndjson').then((response) => response.text())
    .catch((error) => setText($('rule-callers-note'), error.message));
  if (state.selected !== key || lines === undefined) return;
  const callers = lines.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  fillTable('rule-caller-table', callers.map((each) => [each.caller, count(each.denied), percent(each.share), moment(each.last_denied)]));
  setText($('rule-callers-note'), callers.length ? `As of ${clock(now())}.` : 'It has denied nobody.');
}

// MARK: Forms

/** Does what a form was asked to, and tells the result, or what the server has against it, in the form. */
async function run(form, action) {
  const [error, status] = [form.querySelector('[role=alert]'), form.querySelector('[role=status]')];
  setText(error, '');
  setText(status, '');
  try {
    setText(status, await action() ?? '');
  } catch (problem) {
    setText(error, problem.message);
  }
}

/** Says what a request will change, and sends it if that is confirmed; `tell` makes a sentence of the answer. */
async function change([method, path, body], text, verb, tell) {
  const dialog = $('confirm');
  setText($('confirm-title'), `${verb}?`);
  setText($('confirm-text'), text);
  setText($('confirm-request'), `${method} ${path}${body ? ` ${JSON.stringify(body)}` : ''}`);
  setText($('confirm-go'), verb);
  dialog.returnValue = '';
  dialog.showModal();
  await new Promise((resolve) => { dialog.addEventListener('close', resolve, { once: true }); });
  return dialog.returnValue === 'go' ? tell(await call(method, path, body)) : 'Nothing was changed.';
}

/** The entries of the text area; those without a value are left out. */
function descriptorOf(form) {
  const lines = form.descriptor.value.split('\n').filter((line) => line.trim());
  const wrong = lines.find((line) => line.indexOf('=') < 1);
  if (wrong) throw new Problem(0, `'${wrong}' is no entry; write key=value.`);
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0].trim(), line.slice(line.indexOf('=') + 1)]).filter((entry) => entry[1]));
}

async function actOnCaller(form, act) {
  const descriptor = descriptorOf(form), policy = form.policy.value, rule = form.rule.value, minutes = +form.minutes.value;
  const who = Object.entries(descriptor).map((entry) => entry.join('=')).join(' ') || 'the empty descriptor', named = `${policy}/${rule}`;
  if (act === 'reset') {
    return change(['POST', '/v1/reset', { policy, descriptor }],
      `Forgets all that ${who} has used of every rule of ${policy} that applies, and his penalties. It cannot be undone.`,
      'Reset', () => `${who} was reset in ${policy}.`);
  }
  if (act === 'ban') {
    return change(['POST', '/v1/bans', { policy, rule, descriptor, seconds: minutes * 60 }],
      `${named} will deny everything of ${who} for ${age(minutes * 60)}, until ${moment(now() + minutes * 60)}.`,
      'Ban', ({ until }) => `${who} is banned by ${named} until ${moment(until)}.`);
  }
  if (act === 'unban') {
    return change(['DELETE', '/v1/bans', { policy, rule, descriptor }], `${named} will no longer ban ${who}.`,
      'Lift the ban', () => `${who} is not banned by ${named}.`);
  }
  const answer = await call('POST', `/v1/${act}`, { policy, descriptor, cost: +form.cost.value, details: true });
  fillTable('answer-table', (answer.rules ?? []).map((each) => [each.rule, each.mode, each.allowed ? 'allowed' : { text: each.reason, level: 'warn' },
    `${each.remaining ?? '–'} of ${each.limit ?? '–'}`, span(each.retry_after), span(each.reset_after)]));
  return describeAnswer(answer, act);
}

function describeAnswer(answer, act) {
  const by = answer.rule ? ` by ${answer.policy}/${answer.rule}` : ', no rule decides';
  return (act === 'peek' ? 'Would be ' : '') + (answer.allowed
    ? `allowed${by}${answer.limit === null ? '' : `: ${answer.remaining} of ${answer.limit} remain, whole again in ${span(answer.reset_after)}`}.`
    : `denied${by} (${answer.reason}): ${answer.retry_after === null ? 'never passes' : `passes in ${span(answer.retry_after)}`}.`)
    + (answer.shadow_denied_by ? ` ${answer.shadow_denied_by}, in shadow mode, would deny.` : '')
    + (answer.degraded ? ' The store failed; this is the failure choice.' : '');
}

/** Offers the descriptor keys that the policy's rules count by or ask for, and the rules that can ban. */
function offerKeys() {
  const form = $('caller-form'), rules = state.known.get(form.policy.value) ?? [];
  const keys = new Set(rules.flatMap((rule) => [...rule.by, ...Object.keys(rule.when ?? {})]));
  form.descriptor.value = [...keys].map((key) => `${key}=`).join('\n');
  const banning = rules.filter((rule) => state.rules.get(`${form.policy.value}/${rule.name}`)?.row.can_ban ?? rule.penalty);
  form.rule.replaceChildren(...banning.map(({ name }) => new Option(name)));
  setHidden($('ban'), !banning.length);
  setText($('ban-note'), banning.length ? '' : 'No rule of this policy has a penalty, so none can ban.');
}

async function loadPolicies() {
  const { policies } = await call('GET', '/v1/policies').catch(() => ({ policies: [] })), { policy } = $('caller-form'), { value } = policy;
  state.known = new Map(policies.map(({ name, rules }) => [name, rules]));
  policy.replaceChildren(...policies.map(({ name }) => new Option(name)));
  if (state.known.has(value)) policy.value = value;
  offerKeys();
}

/** Looks up a caller of the table, such as "chat user=42 text=hi you". */
function lookUp(text) {
  const form = $('caller-form'), [policy, ...entries] = text.split(/ (?=[^ =]+=)/);
  form.policy.value = policy;
  offerKeys();
  form.descriptor.value = entries.join('\n');
  form.descriptor.focus();
  form.requestSubmit(form.querySelector('[value=peek]'));
}

const actions = {
  rule: openRule,
  caller: lookUp,
  close: () => $('rule').close(),
  filter: (policy) => { $('filter').value = `${policy}/`; schedule(true); $('rules').scrollIntoView(); },
  more: () => { state.isExpanded = !state.isExpanded; schedule(true); },
  retry: () => stream.open(),
  reload: (value, form) => run(form, () => change(['POST', '/v1/policies/reload'],
    'Reads the policy file again and puts it in force, if nothing is wrong with it. What was used stays used.', 'Reload', (answer) => {
      loadPolicies();
      return `${answer.policies} policies with ${answer.rules} rules are in force.`;
    })),
  end: (key, form) => {
    const { policy, rule, limit, instead_of: before } = state.summary.overrides.find((each) => `${each.policy}/${each.rule}` === key);
    return run(form, () => change(['DELETE', '/v1/overrides', { policy, rule }],
      `${key} will allow ${before} again, instead of ${limit}. What was used stays used.`, 'End', () => `${key} allows ${before} again.`));
  },
  'sign-out': () => {
    sessionStorage.removeItem('sluice-secret');
    location.reload();
  },
  sort: sortBy,
  theme: () => {
    const themes = ['auto', 'light', 'dark'];
    setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % 3]);
  },
};

function changeLimit(form) {
  const { policy, name: rule, limit: before, key } = selectedRule(), limit = form.limit.value.trim(), minutes = +form.minutes.value;
  return change(['POST', '/v1/overrides', { policy, rule, limit, seconds: minutes * 60 }],
    `${key} will allow ${limit} instead of ${before}, to all callers, for ${age(minutes * 60)}, until ${moment(now() + minutes * 60)}. What was used stays used.`,
    'Change the limit', ({ until }) => `${key} allows ${limit} until ${moment(until)}.`);
}

function showSignIn() {
  stream.close();
  setHidden($('content'), true);
  setHidden($('sign-in'), false);
  setText($('sign-in').querySelector('[role=alert]'), state.secret ? 'The server does not know this secret.' : '');
  $('sign-in').querySelector('input').focus();
}

// MARK: Drawing and starting

let frame = 0, drawnAt = 0, isOrderWanted = false;

/** Draws soon: at most 5 times a second, once a frame, and never while the page is hidden. */
function schedule(reorders = false) {
  isOrderWanted ||= reorders;
  if (frame || document.hidden) return;
  frame = reorders || performance.now() - drawnAt > 200 ? requestAnimationFrame(draw) : setTimeout(() => { frame = requestAnimationFrame(draw); }, 200);
}

function draw() {
  frame = 0;
  if (document.hidden) return;
  drawnAt = performance.now();
  drawConnection();
  if (!state.summary) return;
  refreshRates();
  drawNow(state.summary);
  drawRules(isOrderWanted);
  isOrderWanted = false;
  if ($('rule').open) return drawDetail();
  charts.all.draw();
  charts.latency.draw();
  drawPanels(state.summary);
}

function drawConnection() {
  const silent = (performance.now() - stream.heard) / 1000, isLive = stream.opener && !stream.brokenAt && silent < 5 && state.summary;
  const isBroken = !isLive && (stream.brokenAt || state.summary) && $('sign-in').hidden;
  setText($('connection'), isLive ? 'live' : isBroken ? 'reconnecting' : 'connecting');
  set($('connection'), { 'data-state': isLive ? 'live' : 'broken' });
  set($('content'), { 'data-stale': Boolean(isBroken) });
  setHidden($('banner'), !isBroken);
  setText($('banner-text'), !isBroken ? '' : `${stream.reason || 'No news.'} Reconnecting; what is shown ends at ${clock(state.summary?.time ?? stream.brokenAt)}.`);
  setText($('banner-countdown'), stream.retryAt ? `Next try in ${Math.max(0, Math.ceil((stream.retryAt - performance.now()) / 1000))} s.` : '');
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  setText($('theme'), `Theme: ${theme}`);
  localStorage.setItem('sluice-theme', theme);
}

async function start() {
  setHidden($('content'), false);
  setHidden($('sign-in'), true);
  try {
    const { user, admin } = await call('GET', '/v1/whoami');
    document.body.classList.toggle('is-admin', admin);
    setHidden($('sign-out'), !user);
  } catch (problem) {
    if (problem.status === 401) return;
  }
  stream.open();
  await loadPolicies();
}

function listen() {
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-action]');
    if (button) actions[button.dataset.action](button.dataset.value, button.closest('form'));
  });
  for (const id of ['caller-form', 'override-form']) {
    $(id).addEventListener('submit', (event) => {
      event.preventDefault();
      run(event.target, () => id === 'override-form' ? changeLimit(event.target) : actOnCaller(event.target, event.submitter.value));
    });
  }
  $('sign-in').addEventListener('submit', (event) => {
    event.preventDefault();
    state.secret = event.target.secret.value;
    sessionStorage.setItem('sluice-secret', state.secret);
    start();
  });
  $('caller-form').policy.addEventListener('change', offerKeys);
  $('filter').addEventListener('input', () => schedule(true));
  $('window').addEventListener('change', (event) => { state.window = +event.target.value; schedule(); });
  $('rule').addEventListener('close', () => { state.selected = null; history.replaceState(null, '', location.pathname); schedule(); });
  document.addEventListener('visibilitychange', () => schedule());
  addEventListener('hashchange', openLinked);
}

const openLinked = () => location.hash.startsWith('#rule=') && openRule(decodeURIComponent(location.hash.slice(6)));

function prepare() {
  for (const table of document.querySelectorAll('table[data-columns]')) makeTable(table);
  setText($('first-curl'), `curl -si ${location.origin}/v1/check -d '{"policy":"chat","descriptor":{"user":"42"}}'`);
  setText($('first-redis'), `redis-cli -h ${location.hostname} -p 6380 SLUICE.CHECK chat 1 user 42`);
  setTheme(localStorage.getItem('sluice-theme') ?? 'auto');
}

prepare();
listen();
start();
setInterval(() => {
  if (stream.opener && performance.now() - stream.heard > SILENCE_SECONDS * 1000) stream.wait('The server was silent.');
  schedule();
}, 1000);
