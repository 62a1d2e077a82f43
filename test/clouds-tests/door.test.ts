import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAuthority } from '../clouds/kernel/certificates.ts';
import { callThroughDoor, guarded, openDoor } from '../clouds/kernel/door.ts';
import { send } from '../clouds/kernel/request.ts';

const calls = {
  'math.add': guarded(z.tuple([z.number(), z.number()]), (a, b) => a + b),
  'math.fail': guarded(z.tuple([]), () => {
    throw new Error('it would not add up');
  }),
};

let door: Awaited<ReturnType<typeof openDoor>>;
let caPem = '';

beforeAll(async () => {
  const authority = await createAuthority();
  caPem = authority.certPem;
  door = await openDoor(calls, await authority.issueForLoopback(), 0);
});
afterAll(() => door.close());

function post(path: string, token: string, body: string) {
  return send(`${door.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body, caPem });
}

describe('the control door', () => {
  it('calls what is on its list and returns the result', async () => {
    expect(await callThroughDoor(door, caPem, 'math.add', 2, 3)).toBe(5);
  });

  it('passes on why a call failed', async () => {
    await expect(callThroughDoor(door, caPem, 'math.fail')).rejects.toThrow('math.fail: it would not add up');
  });

  it('refuses arguments that do not fit', async () => {
    await expect(callThroughDoor(door, caPem, 'math.add', 2)).rejects.toThrow(/Too small/);
    await expect(callThroughDoor(door, caPem, 'math.add', 2, '3')).rejects.toThrow(/expected number/);
  });

  it('knows no other call, not even an inherited one', async () => {
    for (const path of ['math.sub', 'toString', '__proto__']) {
      await expect(callThroughDoor(door, caPem, path)).rejects.toThrow(`no call ${path}`);
    }
  });

  it('opens only to its token', async () => {
    const body = JSON.stringify({ path: 'math.add', args: [1, 1] });
    expect((await post('/call', door.token, body)).status).toBe(200);
    expect((await post('/call', `${door.token}x`, body)).status).toBe(401);
    expect((await send(`${door.url}/call`, { method: 'POST', body, caPem })).status).toBe(401);
  });

  it('refuses other paths and bodies that are not a call', async () => {
    expect((await post('/', door.token, '{}')).status).toBe(404);
    expect((await post('/call', door.token, '{')).status).toBe(400);
    expect((await post('/call', door.token, '{"path":"math.add","args":[1,1],"more":1}')).status).toBe(400);
  });
});
