// The dashboard of Sluice: reads the summaries of /v1/events, keeps the last hour of them in arrays of fixed size,
// and draws while it can be seen. What the server sends is only ever put into the page as text.
'use strict';

const POINTS = 366;              // an hour of 10 seconds each, or 6 minutes of one
const LAST = POINTS - 1;
const GAP_SECONDS = 3;
const SILENCE_SECONDS = 20;      // the server writes a comment every 15 s
const MAXIMUM_PAUSE_SECONDS = 10;
const MAXIMUM_RULES = 4_200;
const ROWS_AT_FIRST = 12;
const MAXIMUM_ROWS = 500;
const MUCH = 0.05;               // this share denied, or more, deserves a look
const RATES = ['allowed', 'denied', 'shadow', 'degraded'];
const USE = [1, 2, 3, 4, 5, 6, 7, 8].map((eighth) => `use${eighth}`);

const $ = (id) => document.getElementById(id);

// MARK: Numbers as text

const COUNTS = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']];
const TIMES = [[1, ' s'], [1e-3, ' ms'], [1e-6, ' µs'], [1e-9, ' ns']];
const BYTES = [[2 ** 40, ' TiB'], [2 ** 30, ' GiB'], [2 ** 20, ' MiB'], [2 ** 10, ' KiB'], [1, ' B']];
const AGES = [[86_400, ' days'], [3_600, ' h'], [60, ' min'], [1, ' s']];
const isNumber = (value) => Number.isFinite(value);

function scaled(value, units) {
	if (!isNumber(value)) return '–';
	const [size, unit] = units.find((each) => value >= each[0] * 0.9995) ?? units.at(-1), number = value / size;
	return number.toFixed(number % 1 === 0 || number >= 9.95 ? 0 : number < 0.095 ? 2 : 1) + unit;
}

function percent(share) {
	if (!isNumber(share)) return '–';
	return share > 0 && share < 0.001 ? '<0.1 %' : `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;
}

const short = (value) => scaled(value, COUNTS);
const span = (seconds) => scaled(seconds, TIMES);
const bytes = (value) => scaled(value, BYTES);
const age = (seconds) => scaled(Math.round(seconds), AGES);
const count = (value) => Math.round(value).toLocaleString('en');
const clock = (time) => new Date(time * 1000).toTimeString().slice(0, 8);

function moment(time) {
	const day = new Date(time * 1000).toLocaleDateString('sv');
	return day === new Date().toLocaleDateString('sv') ? clock(time) : `${day} ${clock(time)}`;
}

// MARK: What is kept

/** Points in time, the newest last; a track is a column of them, with NaN where nothing is known. */
class Timeline {
	times = new Float64Array(POINTS).fill(-Infinity);
	spans = new Float32Array(POINTS);                     // seconds before its time that a point tells of
	tracks = new Set();

	constructor(name) { this.name = name; }

	addTracks(names) {
		const tracks = names.map((name) => [name, new Float32Array(POINTS).fill(NaN)]);
		for (const [, track] of tracks) this.tracks.add(track);
		return Object.fromEntries(tracks);
	}

	push(time, seconds) {
		for (const track of [this.times, this.spans, ...this.tracks]) track.copyWithin(0, 1);
		for (const track of this.tracks) track[LAST] = NaN;
		this.times[LAST] = time;
		this.spans[LAST] = seconds;
	}

	firstAfter(time) { return this.times.findLastIndex((each) => each <= time) + 1; }

	sum(track, since) {
		let total = 0, seconds = 0;
		for (let index = this.firstAfter(since); index < POINTS; index += 1) {
			if (isNaN(track[index])) continue;
			total += track[index] * this.spans[index];
			seconds += this.spans[index];
		}
		return { total, mean: total / seconds };
	}

	isGapBefore(index) {
		const { times, spans } = this;
		return !(times[index] - times[index - 1] <= Math.max(spans[index], spans[index - 1]) * 1.3 + 1.2);
	}
}

const seconds = new Timeline('seconds');
const tens = new Timeline('tens');
const shown = () => state.window > 300 ? tens : seconds;

/** Rates of decisions over time: those of one rule, or all. */
class Tally {
	seconds = seconds.addTracks(RATES);
	pending = {};
	recent = {};

	constructor(more) { this.tens = tens.addTracks([...RATES, ...more]); }

	add(difference, dt) {
		for (const name in difference) {
			if (this.seconds[name]) this.seconds[name][LAST] = difference[name] / dt;
			this.pending[name] = (this.pending[name] ?? 0) + difference[name];
		}
	}

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
		super(USE);
		Object.assign(this, { policy, name: rule, key: `${policy}/${rule}`, title: `${policy}/${rule || '(no rule)'}` });
	}

	/** Takes the rule's part of a summary; returns what is new in it, if that is known. */
	take(row, dt) {
		const last = this.row;
		Object.assign(this, { row, mode: row.mode ?? '', limit: row.limit ?? '' });
		if (!dt || !last || row.allowed < last.allowed || row.denied < last.denied) return {};
		const difference = {
			allowed: row.allowed - last.allowed, denied: row.denied + row.impossible - last.denied - last.impossible,
			shadow: row.shadow_denied - last.shadow_denied, degraded: row.degraded - last.degraded,
		};
		const use = row.use, before = last.use;
		this.add({ ...difference, ...Object.fromEntries(USE.map((name, range) => [name, use[range] - before[range]])) }, dt);
		return difference;
	}

	/** The shares of 8 ranges of use and of the denied, in the window, or since the start when that is empty. */
	use() {
		const sum = (name) => tens.sum(this.tens[name], now() - state.window).total + (this.pending[name] ?? 0);
		const recent = [...USE, 'denied'].map(sum), isRecent = recent.some((value) => value > 0);
		const counts = isRecent ? recent : [...this.row.use, this.row.denied + this.row.impossible];
		const total = counts.reduce((one, two) => one + two) || 1;
		return { shares: counts.map((value) => value / total), isRecent };
	}

	forget() {
		for (const timeline of [seconds, tens]) {
			for (const track of Object.values(this[timeline.name])) timeline.tracks.delete(track);
		}
	}

	get isShadow() { return this.mode === 'shadow'; }
	get hits() { return this.isShadow ? this.recent.shadow : this.recent.denied; }

	/** A rule in shadow mode decides nothing: what it would deny is compared with all decisions of its policy. */
	get share() {
		const decisions = this.isShadow ? state.policies.get(this.policy)?.decisions : this.decisions;
		return decisions ? this.hits / decisions : decisions;
	}
}


const total = new Tally(['p50', 'p99']);
Object.assign(total.seconds, seconds.addTracks(['p50', 'p99']));
const state = {
	rules: new Map(), policies: new Map(), known: new Map(), summary: null, window: 300,
	sort: 'hits', isDescending: true, isExpanded: false, order: [], orderedAt: -Infinity, level: '',
	secret: sessionStorage.getItem('sluice-secret'),
};

const now = () => state.summary ? state.summary.time + (performance.now() - state.arrived) / 1000 : Date.now() / 1000;

function takeHistory({ step, points }) {
	// What the page missed stays a gap in the short window; the long one is filled from the server's memory.
	for (const timeline of state.summary ? [tens] : [seconds, tens]) {
		const tracks = total[timeline.name], { times } = timeline;
		for (const [time, ...values] of points.filter((point) => point[0] > times[LAST] + 0.5)) {
			timeline.push(time, step);
			['allowed', 'denied', 'p50', 'p99'].forEach((name, index) => { tracks[name][LAST] = values[index] ?? NaN; });
		}
	}
}

function takeSummary(summary) {
	const last = state.summary, between = last ? summary.time - last.time : 0;
	const dt = between > 0 && between <= GAP_SECONDS && summary.uptime >= last.uptime ? between : null;
	if (dt) seconds.push(summary.time, dt);
	takeRules(summary.rules.slice(0, MAXIMUM_RULES), dt);
	const { p50, p99 } = summary.latency.find((row) => row.name === 'decision') ?? {};
	const ends = [dt && total.seconds, gatherTens(summary.time, dt) && total.tens].filter(Boolean);
	for (const tracks of ends) [tracks.p50[LAST], tracks.p99[LAST]] = [p50 ?? NaN, p99 ?? NaN];
	Object.assign(state, { summary, arrived: performance.now() });
	if (!last && location.hash) openRule(decodeURIComponent(location.hash.slice(1)));
}

function takeRules(rows, dt) {
	const sums = { allowed: 0, denied: 0, shadow: 0, degraded: 0 }, seen = new Set();
	for (const row of rows) {
		const key = `${row.policy}/${row.rule}`;
		if (!state.rules.has(key)) state.rules.set(key, new Rule(row));
		const difference = state.rules.get(key).take(row, dt);
		for (const name in difference) sums[name] += difference[name];
		seen.add(key);
	}
	for (const [key, rule] of state.rules) {
		if (seen.has(key)) continue;
		rule.forget();
		state.rules.delete(key);
	}
	if (dt) total.add(sums, dt);
}

/** Ends a point when the time passes a multiple of 10, and returns its span; a gap drops it. */
function gatherTens(time, dt) {
	const number = Math.floor(time / 10), gathered = dt && state.bucket ? state.bucket.seconds + dt : 0;
	const isSame = dt && state.bucket?.number === number;
	state.bucket = { number, seconds: isSame ? gathered : 0 };
	if (isSame) return 0;
	if (gathered) tens.push(time, gathered);
	for (const tally of [total, ...state.rules.values()]) tally.commit(gathered);
	return gathered;
}

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

const problem = (detail, status = 0) => Object.assign(new Error(detail), { status, isProblem: true });

/** Credentials are omitted, or the browser itself would ask for a password when the server answers 401. */
async function send(method, path, body, accept = 'application/json', signal) {
	const headers = { Accept: accept, ...state.secret && { Authorization: `Bearer ${state.secret}` } };
	const options = { method, headers, signal, body: body && JSON.stringify(body), credentials: 'omit' };
	const response = await fetch(path, options).catch(() => { throw problem('The server does not answer.'); });
	const isDecision = response.status === 429 && /check|peek/.test(path);
	if (response.ok || isDecision) return response;
	if (response.status === 401) showSignIn();
	const { detail } = await response.json().catch(() => ({}));
	throw problem(detail ?? `The server answered ${response.status}.`, response.status);
}

const call = async (method, path, body) => (await send(method, path, body)).json();

/** The one event stream, opened again after a pause when it breaks. */
const stream = {
	attempt: 0, opener: null, timer: 0, retryAt: 0, brokenAt: 0, heard: 0, reason: '',

	async open() {
		this.close();
		const opener = this.opener = new AbortController();
		this.heard = performance.now();
		try {
			const response = await send('GET', '/v1/events', undefined, 'text/event-stream', opener.signal);
			await readEvents(response.body);
			throw problem('The stream ended.');
		} catch (error) {
			if (opener !== this.opener || error.status === 401) return;
			this.wait(error.isProblem ? error.message : 'The stream broke.');
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
		const pause = Math.min(MAXIMUM_PAUSE_SECONDS, 2 ** this.attempt) * 1000;
		this.attempt += 1;
		this.brokenAt ||= Date.now() / 1000;
		Object.assign(this, { reason, retryAt: performance.now() + pause, timer: setTimeout(() => this.open(), pause) });
		schedule();
	},
};

async function readEvents(body) {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	for (let text = '', start = 0; ; text = text.slice(start), start = 0) {
		const { value, done } = await reader.read();
		if (done) return;
		stream.heard = performance.now();
		text += value.replaceAll('\r', '');
		for (let end; (end = text.indexOf('\n\n', start)) >= 0; start = end + 2) {
			const lines = text.slice(start, end).split('\n');
			const field = (name) => lines.find((line) => line.startsWith(name))?.slice(name.length).trim();
			stream.take(field('event:'), field('data:'));
		}
	}
}

// MARK: Putting things into the page

/** Writes only what differs, as those below do, so that nothing is laid out for nothing. */
function set(element, attributes) {
	for (const name in attributes) {
		const value = String(attributes[name]);
		if (element.getAttribute(name) !== value) element.setAttribute(name, value);
	}
	return element;
}

function add(element, attributes, parent) {
	set(element, attributes);
	parent?.append(element);
	return element;
}

const svg = (name, attributes, parent) => add(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, parent);
const html = (name, attributes, parent) => add(document.createElement(name), attributes, parent);

const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const setHidden = (element, isHidden) => { if (element.hidden !== isHidden) element.hidden = isHidden; };

function resize(parent, length, make) {
	while (parent.children.length > length) parent.lastElementChild.remove();
	while (parent.children.length < length) parent.append(make(parent.children.length));
}

/** Makes a table's head from data-columns: # marks numbers, * what is for admins, =key what can be sorted. */
function makeTable(table) {
	const head = html('tr', {}, html('thead', {}, table)), scroll = html('div', { class: 'scroll' });
	for (const column of table.dataset.columns.split(',')) {
		const [, mark, name, key] = column.match(/^([#*]?)([^=]+)=?(.*)$/);
		const cell = html('th', { scope: 'col', class: { '#': 'number', '*': 'admin' }[mark] ?? '', 'data-sort': key }, head);
		const sort = { type: 'button', class: 'sort', 'data-action': 'sort', 'data-value': key };
		(key ? html('button', sort, cell) : cell).append(name);
	}
	html('tbody', {}, table);
	table.replaceWith(scroll);
	scroll.append(table);
	scroll.hidden = true;
}

/** A cell is a text, or {text, action, value} for a button, {bar} for a share of 1, {paths}; `level` is its class. */
function fillTable(id, rows) {
	const body = $(id).tBodies[0], columns = $(id).tHead?.rows[0].cells;
	if (columns) setHidden($(id).parentElement, !rows.length);
	resize(body, rows.length, () => html('tr'));
	rows.forEach((cells, number) => {
		const row = body.rows[number];
		resize(row, cells.length, (index) => index ? html('td') : html('th', { scope: 'row' }));
		cells.forEach((cell, index) => fillCell(row.cells[index], cell, columns?.[index].className));
	});
}

function fillCell(element, cell, columnClass = '') {
	const { text = '', level = '', action, value, bar, paths } = typeof cell === 'object' ? cell : { text: cell };
	const wanted = action ? 'button' : bar !== undefined ? 'span' : paths && 'svg';
	set(element, { class: `${columnClass} ${level}` });
	if (element.firstElementChild?.localName !== wanted) {
		element.replaceChildren(...wanted ? [paths ? svg('svg', { viewBox: '0 0 96 22', 'aria-hidden': true }) : html(wanted)] : []);
	}
	const inner = element.firstElementChild;
	if (bar !== undefined) return setBar(inner, bar);
	if (paths) return setPaths(inner, paths);
	if (action) set(inner, { type: 'button', class: 'link', 'data-action': action, 'data-value': value });
	setText(inner ?? element, String(text));
}

function setBar(element, share) {
	if (!element.firstChild) set(element, { class: 'meter' }).append(html('b'), html('i'));
	setText(element.firstChild, percent(share));
	element.lastChild.style.width = `${Math.min(100, share * 100 || 0).toFixed(1)}%`;
}

function setPaths(element, paths) {
	resize(element, paths.length, () => svg('path'));
	paths.forEach(([name, d], index) => set(element.children[index], { class: name, d }));
}

// MARK: Charts

const observer = new ResizeObserver((entries) => {
	for (const { target, contentRect } of entries) {
		Object.assign(target.chart, { right: contentRect.width - 10, bottom: contentRect.height - 22 });
	}
	schedule();
});

/** A step of 1, 2 or 5 times a power of ten, for about 4 of them in a range. */
function roundStep(range) {
	const power = 10 ** Math.floor(Math.log10(range / 4)), factor = range / 4 / power;
	return power * (factor > 5 ? 10 : factor > 2 ? 5 : factor > 1 ? 2 : 1);
}

/**
 * Rates or times. `series` maps tracks of a tally to labels; what is stacked is an area, the first of them below. A
 * pointer or the arrow keys pick a point, whose values the legend then tells; a sentence says the same in words.
 */
class Chart {
	left = 52;
	top = 18;
	picked = null;

	constructor(figure, { unit, format, least, series, stacked = [], tally, describe }) {
		Object.assign(this, { unit, format, least, tally, describe });
		const caption = figure.firstElementChild, legend = html('p', { class: 'legend' }, caption);
		const label = `Point in time, ${caption.firstElementChild.textContent}`;
		this.frame = html('div', { class: 'frame', tabindex: 0, role: 'slider', 'aria-label': label }, figure);
		this.svg = svg('svg', { 'aria-hidden': true }, this.frame);
		svg('text', { y: 10 }, this.svg).textContent = unit;
		[this.gaps, this.grid] = ['gap', 'grid'].map((name) => svg('path', { class: name }, this.svg));
		this.labels = svg('g', {}, this.svg);
		this.series = Object.entries(series).map(([name, text]) => {
			const entry = html('span', { class: name }, legend), path = svg('path', { class: name }, this.svg);
			entry.append(html('i'), `${text} `);
			return { name, label: text, path, isArea: stacked.includes(name), legend: html('b', {}, entry) };
		});
		this.cursor = svg('path', { class: 'cursor' }, this.svg);
		this.when = html('span', { class: 'when' }, legend);
		this.summary = html('p', { class: 'hint' }, figure);
		this.frame.chart = this;
		observer.observe(this.frame);
		this.listen();
	}

	listen() {
		this.frame.addEventListener('pointermove', ({ offsetX }) => {
			this.pick(this.timeline.firstAfter(this.from + (offsetX - this.left) / (this.right - this.left) * state.window));
		});
		for (const name of ['pointerleave', 'blur']) this.frame.addEventListener(name, () => this.pick(null));
		this.frame.addEventListener('keydown', (event) => {
			const at = this.picked === null ? LAST : this.timeline.firstAfter(this.picked) - 1;
			const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: LAST }[event.key];
			if (target === undefined) return;
			event.preventDefault();
			this.pick(target);
		});
	}

	get timeline() { return shown(); }
	get from() { return this.until - state.window; }
	get first() { return this.timeline.firstAfter(this.from); }

	x(time) {
		return Math.max(this.left, this.left + (time - this.from) / state.window * (this.right - this.left)).toFixed(1);
	}

	y(value) { return (this.bottom - value / this.high * (this.bottom - this.top)).toFixed(1); }

	draw() {
		if (!(this.right > 0)) return;
		this.until = now();
		const tracks = this.tally()[this.timeline.name], base = new Float64Array(POINTS);
		for (const one of this.series) one.values = tracks[one.name];
		const highest = Math.max(this.least, ...this.series.map(({ values, isArea }) => this.highest(values, isArea && base)));
		base.fill(0);
		const step = roundStep(highest);
		this.high = Math.ceil(highest * 1.02 / step) * step;
		this.drawAxes(step);
		for (const one of this.series) set(one.path, { d: this.outline(one, base) });
		const gap = ([from, to]) => `M${this.x(from)},${this.top}H${this.x(to)}V${this.bottom}H${this.x(from)}Z`;
		set(this.gaps, { d: this.unknown().map(gap).join('') });
		this.showPicked();
		setText(this.summary, this.describe(this, tracks));
	}

	highest(values, base) {
		let highest = 0;
		for (let index = this.first; index < POINTS; index += 1) {
			const value = base ? base[index] += values[index] || 0 : values[index];
			if (value > highest) highest = value;
		}
		return highest;
	}

	drawAxes(step) {
		const { left, right, bottom, until } = this, ticks = [];
		for (let value = 0; value <= this.high * 1.001; value += step) {
			const y = this.y(value);
			ticks.push({ d: `M${left},${y}H${right}`, label: { x: left - 6, y: +y + 4, class: 'beside' }, text: this.format(value) });
		}
		const pace = [60, 120, 300, 600, 1200].find((each) => state.window / each * 56 < right - 50) ?? 1800;
		const zone = new Date(until * 1000).getTimezoneOffset() * 60;
		for (let time = Math.ceil((this.from - zone) / pace) * pace + zone; time <= until; time += pace) {
			const x = this.x(time);
			if (x < left + 14 || x > right - 6) continue;
			ticks.push({ d: `M${x},${bottom}v4`, label: { x, y: bottom + 16, class: 'below' }, text: clock(time).slice(0, 5) });
		}
		set(this.svg, { viewBox: `0 0 ${right + 10} ${bottom + 22}` });
		set(this.grid, { d: ticks.map(({ d }) => d).join('') });
		resize(this.labels, ticks.length, () => svg('text'));
		ticks.forEach(({ label, text }, index) => setText(set(this.labels.children[index], label), text));
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
			if (isNaN(value) || this.timeline.isGapBefore(index)) end();
			if (isNaN(value)) continue;
			if (!above.length) add(times[index] - spans[index], low, value);
			add(times[index], low, value);
			if (isArea) base[index] += value;
		}
		end();
		return path;
	}

	/** The times of which nothing is known, after the first that is. */
	unknown() {
		const { timeline } = this, { times, spans } = timeline, gaps = [], late = this.until - times[LAST];
		for (let index = Math.max(1, this.first); index < POINTS; index += 1) {
			if (!isNumber(times[index - 1]) || !timeline.isGapBefore(index)) continue;
			gaps.push([times[index - 1], times[index] - spans[index]]);
		}
		if (isNumber(late) && late > GAP_SECONDS + (timeline === tens ? 10 : 0)) gaps.push([times[LAST], this.until]);
		return gaps;
	}

	pick(index) {
		this.picked = index === null ? null : this.timeline.times[Math.max(this.first, Math.min(LAST, index))] ?? null;
		if (this.high) this.showPicked();
	}

	showPicked() {
		const { timeline, picked, first } = this, isPicked = picked >= this.from;
		const index = isPicked ? timeline.firstAfter(picked) - 1 : LAST;
		const isKnown = isPicked || this.until - timeline.times[LAST] < 15;
		const told = this.series.map(({ values, legend, label }) => {
			setText(legend, isKnown ? this.format(values[index]) : '–');
			return `${label} ${legend.textContent}`;
		});
		setText(this.when, isPicked ? `at ${clock(picked)}` : 'now');
		set(this.cursor, { d: isPicked ? `M${this.x(picked)},${this.top}V${this.bottom}` : '' });
		set(this.frame, {
			'aria-valuemin': 0, 'aria-valuemax': Math.max(0, LAST - first), 'aria-valuenow': Math.max(0, index - first),
			'aria-valuetext': `${this.when.textContent}: ${told.join(', ')} ${this.unit}`,
		});
	}
}

const windowName = () => state.window > 300 ? 'hour' : '5 min';

function describeRates(chart, { allowed, denied }) {
	const { timeline, from } = chart, mean = (track) => timeline.sum(track, from).mean, all = mean(allowed) + mean(denied);
	if (!isNumber(all)) return `Nothing is known of the last ${windowName()} yet.`;
	const most = chart.highest(denied), at = timeline.times[denied.lastIndexOf(most)];
	const unknown = chart.unknown().reduce((sum, gap) => sum + gap[1] - Math.max(gap[0], from), 0);
	return `Last ${windowName()}: ${short(all)} decisions/s, ${percent(all ? mean(denied) / all : 0)} denied`
		+ (most > 0 ? `, most at ${clock(at)} (${short(most)}/s)` : '')
		+ (unknown > 1 ? `; nothing is known of ${age(unknown)}.` : '.');
}

function describeLatency(chart, { p50, p99 }) {
	const middle = chart.timeline.sum(p50, chart.from).mean;
	return `Last ${windowName()}: p50 was ${span(middle)} on average, p99 ${span(chart.highest(p99))} at most.`;
}

const selectedRule = () => state.rules.get(state.selected);
const rates = {
	unit: 'per second', format: short, least: 1, describe: describeRates, stacked: ['denied', 'allowed'],
	series: { denied: 'denied', allowed: 'allowed', shadow: 'shadow denied' },
};
const charts = {
	all: new Chart($('chart-all'), { ...rates, tally: () => total }),
	rule: new Chart($('chart-rule'), { ...rates, tally: selectedRule }),
	latency: new Chart($('chart-latency'), {
		unit: 'time', format: span, least: 1e-6, tally: () => total, describe: describeLatency, series: { p50: 'p50', p99: 'p99' },
	}),
};

// MARK: The table of rules

const shareBar = (share) => ({ bar: share, level: share >= MUCH ? 'denies warn' : 'denies' });
const nameOf = ({ policy, rule }) => `${policy}/${rule}`;
const ruleLink = (each) => ({ text: nameOf(each), action: 'rule', value: nameOf(each) });

function limitOf({ key, limit }) {
	const override = state.summary.overrides.find((each) => nameOf(each) === key);
	return override ? `${override.limit}, by hand` : limit;
}

function rowOf(rule) {
	const { shares, isRecent } = rule.use(), most = Math.max(...shares) || 1;
	const bars = shares.map((share, range) => share
		? `M${range * 10 + (range > 7) * 4},22V${(21 - share / most * 20).toFixed(1)}h8V22Z` : '');
	return [{ text: rule.name || '(no rule)', action: 'rule', value: rule.key }, rule.policy, limitOf(rule), rule.mode,
		rule.isShadow ? '–' : short(rule.decisions), (rule.isShadow ? 'would: ' : '') + short(rule.hits),
		shareBar(rule.share), { paths: trendOf(rule) },
		{ paths: [[isRecent ? 'use' : 'old', bars.slice(0, 8).join('')], ['denied', bars[8]]] }];
}

/** The window in 48 steps; gaps stay open. */
function trendOf(rule) {
	const timeline = shown(), { allowed, denied, shadow } = rule[timeline.name], from = now() - state.window;
	const line = new Array(48).fill(-1), bars = new Array(48).fill(0);
	for (let index = timeline.firstAfter(from); index < POINTS; index += 1) {
		const step = Math.min(47, Math.floor((timeline.times[index] - from) / state.window * 48));
		if (isNaN(allowed[index])) continue;
		line[step] = Math.max(line[step], allowed[index] + denied[index]);
		bars[step] = Math.max(bars[step], rule.isShadow ? shadow[index] : denied[index]);
	}
	const highest = Math.max(...line, ...bars) || 1, y = (value) => (21 - value / highest * 19).toFixed(1);
	const lines = line.map((value, step) => value < 0 ? '' : `${line[step - 1] >= 0 ? 'L' : 'M'}${step * 2},${y(value)}h2`);
	const filled = bars.map((value, step) => value > 0 ? `M${step * 2},21V${y(value)}h2V21Z` : '');
	return [['allowed', lines.join('')], [rule.isShadow ? 'shadow' : 'denied', filled.join('')]];
}

/** Rows are put in order when asked to, or every 5 s while nobody points at them. */
function drawRules(isForced) {
	const body = $('rule-table').tBodies[0], isHeld = body.contains(document.activeElement) || body.matches(':hover');
	if (isForced || (!isHeld && performance.now() - state.orderedAt > 5000)) orderRules();
	fillTable('rule-table', state.order.filter((rule) => state.rules.get(rule.key) === rule).map(rowOf));
}

function orderRules() {
	const words = $('filter').value.toLowerCase().split(/\s+/), { sort, isExpanded } = state, sign = state.isDescending ? -1 : 1;
	const compare = (one, two) => one > two ? 1 : one < two ? -1 : 0;
	const rules = [...state.rules.values()]
		.filter((rule) => words.every((word) => `${rule.key} ${rule.mode} ${rule.limit}`.toLowerCase().includes(word)))
		.sort((one, two) => sign * compare(one[sort], two[sort]) || compare(two.decisions, one.decisions));
	state.order = rules.slice(0, isExpanded ? MAXIMUM_ROWS : ROWS_AT_FIRST);
	state.orderedAt = isNumber(rules[0]?.decisions) ? performance.now() : -Infinity;
	for (const head of $('rule-table').querySelectorAll('[data-sort]')) {
		set(head, { 'aria-sort': head.dataset.sort !== sort ? 'none' : sign < 0 ? 'descending' : 'ascending' });
	}
	setText($('more'), isExpanded ? 'Show fewer' : `Show more of ${rules.length} rules`);
	setHidden($('more'), rules.length <= ROWS_AT_FIRST);
	setText($('rules-note'), rules.length ? '' : 'No rule matches.');
}

// MARK: The rest of the page

const openBreakers = ({ breakers }) => breakers.filter((each) => each.state !== 'closed');

/** What somebody who was woken up must know, as [level, text]. */
function verdict(summary) {
	const { denied, degraded } = total.recent, rules = [...state.rules.values()], lines = [];
	const choice = degraded > 0 ? `; the rules' failure choice decides ${short(degraded)}/s.` : '.';
	for (const each of openBreakers(summary)) lines.push(['bad', `The breaker ${each.name} is ${each.state}${choice}`]);
	if (degraded > 0 && !lines.length) lines.push(['bad', `The store fails${choice}`]);
	const worst = rules.reduce((most, rule) => rule.recent.denied > (most?.recent.denied ?? 0) ? rule : most, null);
	if (worst) {
		const isMuch = denied / total.decisions >= MUCH, who = summary.callers.find((each) => nameOf(each) === worst.key);
		lines.push([isMuch ? 'warn' : 'good', `${isMuch ? '' : 'Little is denied; '}${worst.title} denies `
			+ `${short(worst.recent.denied)}/s, ${percent(worst.share)} of what it decides.`]);
		if (who) lines.push(['note', `Most denied by it of late: ${who.caller} (${short(who.denied)}).`]);
	} else {
		lines.push(['good', 'Nothing is denied now.']);
	}
	if (!summary.load.succeeded) lines.push(['warn', `The last load failed, the policies stay: ${summary.load.message}`]);
	const shadow = rules.filter((rule) => rule.recent.shadow > 0).map((rule) => `${rule.title} ${short(rule.recent.shadow)}/s`);
	if (shadow.length) lines.push(['note', `Would be denied, by rules in shadow mode: ${shadow.slice(0, 4).join(', ')}.`]);
	for (const each of summary.overrides) {
		lines.push(['note', `Changed by hand: ${nameOf(each)} allows ${each.limit} until ${moment(each.until)}.`]);
	}
	return lines;
}

function drawNow(summary) {
	const lines = verdict(summary), { cells, process, latency } = summary, { denied, degraded } = total.recent;
	const share = total.decisions ? denied / total.decisions : 0, level = share >= MUCH ? 'warn' : '';
	resize($('verdict'), lines.length, () => html('li'));
	lines.forEach(([name, text], index) => setText(set($('verdict').children[index], { 'data-level': name }), text));
	if (state.level && state.level !== lines[0][0]) setText($('announcement'), lines[0][1]);
	[state.level] = lines[0];
	const trouble = openBreakers(summary).length ? 'breaker open' : degraded > 0 ? 'failing' : '';
	fillTable('figures', [['Decisions', `${short(total.decisions)}/s`], ['Denied', { text: `${short(denied)}/s`, level }],
		['Share denied', { text: percent(share), level }], ['Decision p99', span(latency.find((row) => row.name === 'decision')?.p99)],
		['Store', trouble ? { text: trouble, level: 'warn' } : cells ? `${percent(cells.held / cells.limit)} full` : 'well'],
		['Memory', bytes(process.resident_bytes)]]);
	setText($('facts'), `${summary.store} store, version ${summary.version}, up ${age(summary.uptime)}`);
	setText(document.querySelector('title'), level ? `${short(denied)}/s denied – Sluice` : 'Sluice');
	setHidden($('empty'), summary.rules.some((row) => row.allowed + row.denied + row.impossible > 0));
}

function drawPanels(summary) {
	const { callers, leases, latency, transports, overrides, shows_callers: isShown } = summary;
	fillTable('caller-table', callers.slice(0, 10).map((each) => [
		isShown ? { text: each.caller, action: 'caller', value: `${each.policy} ${each.caller}` } : each.caller, ruleLink(each),
		`${each.error ? `${count(each.denied - each.error)}–` : ''}${count(each.denied)}`]));
	setText($('callers-note'), !callers.length ? 'Nobody has been denied.'
		: `Since the start; the true number lies in the range.${isShown ? '' : ' Hashes: serve with --show-callers to see names.'}`);
	const policies = [...state.policies].sort(([, one], [, two]) => two.denied - one.denied || two.decisions - one.decisions);
	fillTable('policy-table', policies.slice(0, 10).map(([name, { rules, decisions, denied }]) => [
		{ text: name, action: 'filter', value: name }, rules, short(decisions), short(denied), shareBar(decisions ? denied / decisions : 0)]));
	fillTable('lease-table', leases.map((each) => [ruleLink(each), `${each.held} of ${each.limit}`, { bar: each.held / each.limit }]));
	fillTable('latency-table', latency.map((each) => [each.name, span(each.p50), span(each.p90), span(each.p99), span(each.p999), count(each.count)]));
	fillTable('transport-table', transports.map((each) => [each.name, count(each.connections), count(each.refused), count(each.errors)]));
	fillTable('override-table', overrides.map((each) => [ruleLink(each), each.limit, each.instead_of, moment(each.until),
		{ text: 'End…', action: 'end', value: nameOf(each) }]));
	setText($('overrides-note'), overrides.length ? '' : 'None. Open a rule to change its limit for a while.');
	setHidden($('leases'), !leases.length);
	drawStore(summary);
}

function drawStore({ cells, nodes, breakers, load, process, uptime }) {
	const breaker = (is) => ({ text: is, level: is === 'closed' ? '' : 'bad' });
	fillTable('store-facts', cells ? [['Cells', `${count(cells.held)} of ${count(cells.limit)}`],
		['Memory', bytes(cells.bytes)], ['Cells dropped', count(cells.dropped)]]
		: [['Breakers', breakers.map((each) => `${each.name} ${each.state}`).join(', ') || 'none']]);
	fillTable('node-table', nodes.map((each) => [each.node, breaker(each.breaker), `${each.ready} of ${each.lanes}`, count(each.queue),
		count(each.errors), bytes(each.memory) + (each.memory_limit ? ` of ${bytes(each.memory_limit)}` : '')]));
	const loaded = load.succeeded ? `good, ${span(load.seconds)}` : 'failed';
	fillTable('server-facts', [['Last load', { text: `${moment(load.time)}, ${loaded}`, level: load.succeeded ? '' : 'warn' }],
		['In force', `${load.policies} policies, ${load.rules} rules`], ['Reloads', `${load.reloads}, ${load.failures} failed`],
		['Processor', `${age(process.cpu_seconds)}, ${percent(process.cpu_seconds / uptime)} of a core`]]);
}

function drawRule() {
	const rule = selectedRule();
	if (!rule) return $('rule').close();
	const { shares, isRecent } = rule.use(), { row } = rule, by = state.known.get(rule.policy)?.find(({ name }) => name === rule.name)?.by;
	const outcomes = ['allowed', 'denied', 'impossible', 'shadow_denied', 'degraded'].filter((name) => row[name]);
	fillTable('rule-facts', [['Limit', limitOf(rule) || 'none'], ['Mode', rule.mode], ['Counts by', by?.join(', ') || 'nothing: all together'],
		[rule.isShadow ? 'Would deny' : 'Denies', `${short(rule.hits)}/s, ${percent(rule.share)}`],
		['Since the start', outcomes.map((name) => `${short(row[name])} ${name.replace('_', ' ')}`).join(', ')]]);
	charts.rule.draw();
	fillTable('use-table', shares.map((share, range) => range > 7 ? ['denied', shareBar(share)]
		: [`allowed, ${range * 12.5}–${range * 12.5 + 12.5} % used`, { bar: share }]));
	setText($('use-note'), isRecent ? `Of its decisions in the last ${windowName()}.` : 'Since the start: nothing in this window.');
}

async function openRule(key) {
	const rule = state.rules.get(key), form = $('override-form');
	if (!rule) return;
	state.selected = key;
	history.replaceState(null, '', `#${encodeURIComponent(key)}`);
	setText($('rule-title'), rule.title);
	setHidden(form, !rule.name);
	form.reset();
	form.limit.value = rule.limit;
	fillTable('rule-caller-table', []);
	setText($('rule-callers-note'), '');
	if (!$('rule').open) $('rule').showModal();
	$('rule-title').focus();
	schedule();
	const query = new URLSearchParams({ policy: rule.policy, rule: rule.name, limit: 10, include_details: true });
	const note = await send('GET', `/v1/callers?${query}`, undefined, 'application/x-ndjson').then(async (response) => {
		const callers = (await response.text()).split('\n').filter(Boolean).map((line) => JSON.parse(line));
		if (state.selected !== key) return '';
		fillTable('rule-caller-table', callers.map((each) => [each.caller, count(each.denied), percent(each.share), moment(each.last_denied)]));
		return callers.length ? `Since the start, as of ${clock(now())}.` : 'It has denied nobody.';
	}).catch((error) => error.message);
	setText($('rule-callers-note'), note);
}

// MARK: Forms

async function run(form, action) {
	const told = { alert: '', status: '' };
	await action().then((text) => { told.status = text; }, (error) => { told.alert = error.message; });
	for (const role in told) setText(form.querySelector(`[role=${role}]`), told[role]);
}

async function change(go, text, [method, path, body], tell) {
	const dialog = $('confirm'), parts = { title: `${go}?`, text, go, request: `${method} ${path} ${body ? JSON.stringify(body) : ''}` };
	for (const part in parts) setText($(`confirm-${part}`), parts[part]);
	dialog.returnValue = '';
	dialog.showModal();
	await new Promise((resolve) => { dialog.addEventListener('close', resolve, { once: true }); });
	return dialog.returnValue ? tell(await call(method, path, body)) : 'Nothing was changed.';
}

function descriptorOf({ descriptor }) {
	const entries = descriptor.value.split('\n').filter((line) => line.trim()).map((line) => {
		const [, key, value] = line.match(/^\s*([^=]+)=(.*)$/) ?? [];
		if (!key) throw problem(`'${line}' is no entry; write key=value.`);
		return [key, value];
	});
	return Object.fromEntries(entries.filter(([, value]) => value));
}

async function actOnCaller(form, act) {
	const descriptor = descriptorOf(form), policy = form.policy.value, rule = form.rule.value, seconds = form.minutes.value * 60;
	const who = Object.entries(descriptor).map((entry) => entry.join('=')).join(' ') || 'the empty descriptor', by = `${policy}/${rule}`;
	if (act === 'reset') {
		return change('Reset', `Forgets what ${who} has used of each rule of ${policy}, and the penalties. This cannot be undone.`,
			['POST', '/v1/reset', { policy, descriptor }], () => `${who} was reset in ${policy}.`);
	}
	if (act === 'ban') {
		return change('Ban', `${by} will deny everything of ${who} for ${age(seconds)}, until ${moment(now() + seconds)}.`,
			['POST', '/v1/bans', { policy, rule, descriptor, seconds }], ({ until }) => `${who} is banned by ${by} until ${moment(until)}.`);
	}
	if (act === 'unban') {
		return change('Lift the ban', `${by} will no longer ban ${who}.`,
			['DELETE', '/v1/bans', { policy, rule, descriptor }], () => `${who} is not banned by ${by}.`);
	}
	const answer = await call('POST', `/v1/${act}`, { policy, descriptor, cost: +form.cost.value, details: true });
	fillTable('answer-table', (answer.rules ?? []).map((each) => [each.rule, each.mode,
		{ text: each.reason ?? 'allowed', level: each.reason ? 'warn' : '' }, `${each.remaining} of ${each.limit}`, span(each.retry_after), span(each.reset_after)]));
	const decided = `${answer.allowed ? 'allowed' : 'denied'} by ${answer.rule ? `${policy}/${answer.rule}` : 'no rule'}`;
	const then = answer.allowed ? `${answer.remaining ?? 'all'} remain` : answer.retry_after === null ? 'it never passes' : `passes in ${span(answer.retry_after)}`;
	return `${act === 'peek' ? 'Would be' : 'Was'} ${decided}: ${answer.allowed ? '' : `${answer.reason}, `}${then}.`
		+ (answer.degraded ? ' The store failed; this is the failure choice.' : '');
}

function changeLimit(form) {
	const { policy, name: rule, key, limit: before } = selectedRule(), limit = form.limit.value.trim(), seconds = form.minutes.value * 60;
	return change('Change the limit', `${key} will allow all callers ${limit} instead of ${before} for ${age(seconds)}, `
		+ `until ${moment(now() + seconds)}. What was used stays used.`,
	['POST', '/v1/overrides', { policy, rule, limit, seconds }], ({ until }) => `${key} allows ${limit} until ${moment(until)}.`);
}

/** Offers the keys that the policy's rules ask for, and the rules that can ban. */
function offerKeys() {
	const form = $('caller-form'), policy = form.policy.value, rules = state.known.get(policy) ?? [];
	const keys = new Set(rules.flatMap((rule) => [...rule.by, ...Object.keys(rule.when ?? {})]));
	const banning = rules.filter((rule) => state.rules.get(`${policy}/${rule.name}`)?.row.can_ban ?? rule.penalty);
	form.descriptor.value = [...keys].map((key) => `${key}=`).join('\n');
	form.rule.replaceChildren(...banning.map(({ name }) => new Option(name)));
	setHidden($('ban'), !banning.length);
	setText($('ban-note'), banning.length ? '' : 'No rule of this policy has a penalty, so none can ban.');
}

async function loadPolicies() {
	const { policies } = await call('GET', '/v1/policies').catch(() => ({ policies: [] }));
	state.known = new Map(policies.map(({ name, rules }) => [name, rules]));
	$('caller-form').policy.replaceChildren(...policies.map(({ name }) => new Option(name)));
	offerKeys();
}

const actions = {
	rule: openRule,
	close: () => $('rule').close(),
	retry: () => stream.open(),
	sort(sort) {
		const isDescending = state.sort === sort ? !state.isDescending : ['decisions', 'hits', 'share'].includes(sort);
		Object.assign(state, { sort, isDescending });
		schedule(true);
	},
	filter(policy) {
		$('filter').value = `${policy}/`;
		$('rules').focus();
		schedule(true);
	},
	more() {
		state.isExpanded = !state.isExpanded;
		schedule(true);
	},
	/** Looks up a caller of the table, such as "chat user=42 text=hi you". */
	caller(text) {
		const form = $('caller-form'), [policy, ...entries] = text.split(/ (?=[^ =]+=)/);
		form.policy.value = policy;
		offerKeys();
		form.descriptor.value = entries.join('\n');
		form.descriptor.focus();
		form.requestSubmit(form.querySelector('[value=peek]'));
	},
	reload: (value, form) => run(form, () => change('Reload', 'Reads the policy file again and puts it in force if it is right.',
		['POST', '/v1/policies/reload'], (answer) => {
		loadPolicies();
		return `${answer.policies} policies with ${answer.rules} rules are in force.`;
	})),
	end(key, form) {
		const { policy, rule, limit, instead_of: before } = state.summary.overrides.find((each) => nameOf(each) === key);
		run(form, () => change('End it', `${key} will allow ${before} again, instead of ${limit}.`,
			['DELETE', '/v1/overrides', { policy, rule }], () => `${key} allows ${before} again.`));
	},
	'sign-out'() {
		sessionStorage.removeItem('sluice-secret');
		location.reload();
	},
	theme() {
		const themes = ['auto', 'light', 'dark'];
		setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % 3]);
	},
};

function showSignIn() {
	stream.close();
	setHidden($('content'), true);
	setHidden($('sign-in'), false);
	setText($('sign-in').querySelector('[role=alert]'), state.secret ? 'The server does not know this secret.' : '');
	$('sign-in').secret.focus();
}

// MARK: Drawing and starting

let frame = 0, isOrderWanted = false;

/** Draws soon, at most 5 times a second, never while the page is hidden. */
function schedule(reorders = false) {
	isOrderWanted ||= reorders;
	if (!document.hidden) frame ||= setTimeout(() => requestAnimationFrame(draw), reorders ? 0 : 200);
}

function draw() {
	frame = 0;
	drawConnection();
	if (!state.summary) return;
	refreshRates();
	drawNow(state.summary);
	drawRules(isOrderWanted);
	isOrderWanted = false;
	if ($('rule').open) drawRule();
	charts.all.draw();
	charts.latency.draw();
	drawPanels(state.summary);
}

function drawConnection() {
	const { brokenAt, heard, retryAt, reason } = stream, { summary } = state, isSilent = summary && performance.now() - heard > 5000;
	const isBroken = $('sign-in').hidden && (brokenAt || isSilent), is = isBroken ? 'reconnecting' : summary ? 'live' : 'connecting';
	setText(set($('connection'), { 'data-state': is }), is);
	set($('content'), { 'data-stale': Boolean(isBroken) });
	setHidden($('banner'), !isBroken);
	if (!isBroken) return;
	setText($('banner-text'), `${reason || 'The server is silent.'} Reconnecting. ${summary ? `The last summary is of ${clock(summary.time)}.` : ''}`);
	setText($('banner-countdown'), retryAt ? `Next try in ${Math.ceil((retryAt - performance.now()) / 1000)} s.` : '');
}

function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	setText($('theme'), `Theme: ${theme}`);
	localStorage.setItem('sluice-theme', theme);
}

async function start() {
	setHidden($('content'), false);
	setHidden($('sign-in'), true);
	const { user, admin, status } = await call('GET', '/v1/whoami').catch((error) => error);
	if (status === 401) return;
	document.body.classList.toggle('is-admin', Boolean(admin));
	setHidden($('sign-out'), !user);
	stream.open();
	loadPolicies();
}

function submit(event) {
	const { target: form, submitter } = event;
	if (form.method === 'dialog') return;
	event.preventDefault();
	if (form.id === 'caller-form') run(form, () => actOnCaller(form, submitter.value));
	if (form.id === 'override-form') run(form, () => changeLimit(form));
	if (form.id !== 'sign-in') return;
	state.secret = form.secret.value;
	sessionStorage.setItem('sluice-secret', state.secret);
	start();
}

document.addEventListener('click', ({ target }) => {
	const button = target.closest('[data-action]');
	if (button) actions[button.dataset.action](button.dataset.value, button.form);
});
document.addEventListener('submit', submit);
document.addEventListener('visibilitychange', () => schedule());
$('caller-form').policy.addEventListener('change', offerKeys);
$('filter').addEventListener('input', () => schedule(true));
$('window').addEventListener('change', ({ target }) => {
	state.window = +target.value;
	schedule();
});
$('rule').addEventListener('close', () => {
	state.selected = null;
	history.replaceState(null, '', location.pathname);
});
for (const table of document.querySelectorAll('[data-columns]')) makeTable(table);
setText($('first-curl'), `curl -si ${location.origin}/v1/check -d '{"policy":"chat","descriptor":{"user":"42"}}'`);
setTheme(localStorage.getItem('sluice-theme') ?? 'auto');
start();
setInterval(() => {
	if (stream.opener && performance.now() - stream.heard > SILENCE_SECONDS * 1000) stream.wait('The server was silent.');
	if (performance.now() - state.arrived > 1500) schedule();
}, 1000);
