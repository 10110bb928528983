// node-taobao-topclient, unmodified: the TOP client for node, its address set to the gateway's.
'use strict';

// Its timestamp is the machine's own local time.
process.env.TZ = 'Asia/Shanghai';

const TopClient = require('node-taobao-topclient').default;
const lines = require('readline').createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { version } = require('node-taobao-topclient/package.json');

const given = JSON.parse(process.argv[2]);
const day = { start_time: given.start, end_time: given.end };

function client(settings = {}) {
  const port = settings.port || given.port;
  return new TopClient({
    appkey: given.app_key,
    appsecret: settings.secret || given.app_secret,
    REST_URL: `http://127.0.0.1:${port}${settings.path || '/router/qm'}`,
  });
}

const params = (further) => ({ sid: given.sid, target_app_key: given.target_app_key, ...further });
const ask = (method, further, settings) => client(settings).invoke(method, params(further), ['response']);

async function everyPage() {
  const numbers = new Set();
  for (let page = 0; ; page += 1) {
    const answer = await ask('wdt.refund.query', { page_no: page, page_size: 40, ...day });
    const rows = answer.refunds || [];
    rows.forEach((row) => numbers.add(row.refund_no));
    if (rows.length < 40) return ['works', `${numbers.size} returns on ${page + 1} pages`];
  }
}

const rows = (method, key, further, settings) => async () => {
  const answer = await ask(method, { page_no: 0, page_size: 40, ...further }, settings);
  return ['works', `${answer[key].length} rows`];
};

async function execute() {
  const answer = await client().execute('wdt.refund.query', params({ page_no: 0, ...day }));
  return [answer === null ? 'misread' : 'works', String(answer)];
}

async function byGet() {
  const asked = params({ method: 'wdt.shop.query', page_no: 0 });
  const answer = await client().request(asked, 'GET');
  return ['works', `${answer.response.shoplist.length} rows`];
}

async function chinese() {
  const answer = await ask('wdt.refund.query', { page_no: 0, tid: '订单 1&2+3=4' });
  return ['works', `${answer.total_count} returns`];
}

async function emptyValue() {
  const answer = await ask('wdt.refund.query', { page_no: 0, shop_no: '', ...day });
  return [answer.code === 25 ? 'fails' : 'works', `code ${answer.code}, ${answer.message}`];
}

async function abroad() {
  process.env.TZ = 'UTC';
  try {
    const answer = await ask('wdt.refund.query', { page_no: 0, ...day });
    return [answer.code === 31 ? 'fails' : 'works', `code ${answer.code}, ${answer.message}`];
  } finally {
    process.env.TZ = 'Asia/Shanghai';
  }
}

async function wrongSecret() {
  const answer = await ask('wdt.refund.query', { page_no: 0, ...day }, { secret: 'wrong' });
  return ['misread', `a result: ${answer.message}`];
}

async function limited() {
  for (let call = 0; call < 2; call += 1) {
    try {
      await ask('wdt.shop.query', { page_no: 0 }, { port: given.limited_port });
    } catch (error) {
      return ['refused', `${error.code}, ${error.data.error_response.sub_msg}`];
    }
  }
  return ['misread', 'no refusal'];
}

async function wrongPath() {
  const answer = await client({ path: '/api' }).invoke('wdt.shop.query', params({}), ['response']);
  return [answer ? 'works' : 'misread', String(answer)];
}

const table = [
  ['invoke wdt.refund.query, all pages of a day', everyPage, ''],
  ['invoke wdt.shop.query on /router/rest', rows('wdt.shop.query', 'shoplist', {}, { path: '/router/rest' }), ''],
  ['invoke hu3cgwt0tc.wdt.warehouse.query', rows('hu3cgwt0tc.wdt.warehouse.query', 'warehouses', {}), ''],
  ['invoke wdt.stockin.order.query.refund', rows('wdt.stockin.order.query.refund', 'stockin_list', day), ''],
  ['request wdt.shop.query by GET', byGet, ''],
  ['execute wdt.refund.query', execute, 'looks for wdt_refund_query_response and gives null for every answer of 奇门'],
  ['a value with Chinese and & + =', chinese, ''],
  ['an empty value', emptyValue, 'signs empty values, which TOP leaves out'],
  ['a machine that lives in UTC', abroad, "sends the machine's local time; TOP wants that of GMT+8"],
  ['a wrong secret', wrongSecret, 'knows errors by error_response alone: one under response passes for a result'],
  ['a wrong path', wrongPath, 'reads no status: a 404 page passes for an empty answer'],
  ['over the limit', limited, 'does not wait, does not read the seconds of the ban'],
];

(async () => {
  for (const [call, work, wrong] of table) {
    let ended;
    try {
      ended = await work();
    } catch (error) {
      ended = ['broke', `${error && error.name}: ${error && error.message}`];
    }
    const [result, understood] = ended;
    const line = { client: 'node-taobao-topclient', version, call, result, understood, note: wrong };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    // Whoever reads notes first which requests this call made.
    await lines.next();
  }
  process.exit(0);
})();
