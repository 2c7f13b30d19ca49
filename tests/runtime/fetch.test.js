import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { fetchBytes, fetchSound, PageError } from '../../site/runtime/fetch.js';

let answer = (_, response) => response.end('hello');
const server = createServer((request, response) => answer(request, response));
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${server.address().port}/sheet.png`;
test.after(() => server.close());

test('the bytes, with progress', async () => {
  let told = 0;
  const bytes = await fetchBytes(url, {
    onBytes: (count) => {
      told += count;
    },
  });
  assert.equal(new TextDecoder().decode(bytes), 'hello');
  assert.equal(told, 5);
});

test('a missing file is a sentence that offers to try again', async () => {
  answer = (_, response) => response.writeHead(404).end();
  await assert.rejects(fetchBytes(url), (error) => {
    assert.ok(error instanceof PageError && error.retry);
    assert.equal(error.message, 'sheet.png could not be fetched: the server answered 404.');
    return true;
  });
});

test('a connection that breaks off is a sentence', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
  };
  await assert.rejects(fetchBytes(url), /The connection broke off while sheet.png was fetched/);
});

test('a host out of reach is a sentence', async () => {
  await assert.rejects(fetchBytes('http://127.0.0.1:9/x.png'), /x.png could not be fetched/);
});

test('an abort stays an abort', async () => {
  answer = () => {};
  const controller = new AbortController();
  const waiting = fetchBytes(url, { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
});

test('what arrives damaged is fetched once more', async () => {
  const answers = ['<!doctype html>', '{"a": 1}'];
  answer = (_, response) => response.end(answers.shift());
  const parse = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
  assert.deepEqual(await fetchSound(url, parse), { a: 1 });
  assert.equal(answers.length, 0);
});

test('what is damaged twice is an error of the reader', async () => {
  let asked = 0;
  answer = (_, response) => {
    asked += 1;
    response.end('half');
  };
  const read = () => {
    throw new PageError('It is damaged.');
  };
  await assert.rejects(fetchSound(url, read), /It is damaged/);
  assert.equal(asked, 2);
});
