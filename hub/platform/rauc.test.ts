import assert from 'node:assert/strict'
import { test } from 'vitest'
import { bundleInfoOf, unwrap } from './rauc.ts'

test('an answer of the bus loses its types at every depth', () => {
  const told =
    '{"type":"a{sv}","data":[{"update":{"type":"a{sv}","data":{"compatible":{"type":"s","data":"pi"},"version":{"type":"s","data":"1.2.3"}}}}]}'
  assert.deepEqual(unwrap(JSON.parse(told)), [{ update: { compatible: 'pi', version: '1.2.3' } }])
  assert.deepEqual(bundleInfoOf(unwrap(JSON.parse(told))), { compatible: 'pi', version: '1.2.3', build: '' })
  assert.deepEqual(unwrap(JSON.parse('{"type":"(isi)","data":[40,"Copying",2]}')), [40, 'Copying', 2])
})

test('an answer that says no version is none', () => {
  for (const answer of [null, [], [{}], [{ update: {} }], [{ update: { compatible: 'pi', version: 7 } }], 'text']) {
    assert.equal(bundleInfoOf(answer), null)
  }
})
