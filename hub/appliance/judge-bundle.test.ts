import assert from 'node:assert/strict'
import { test } from 'vitest'
import { compareVersions, judgeBundle } from './judge-bundle.ts'

const BOX = { compatible: 'roost-hub-pi64', version: '1.4.0' }
const bundle = (version: string, compatible = BOX.compatible) => ({ compatible, version, build: '' })

test('versions are compared number by number, and what comes before a release is older', () => {
  const sorted = ['0.9', '1.0.0-rc2', '1.0.0-rc10', '1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0']
  assert.deepEqual(sorted.toReversed().toSorted(compareVersions), sorted)
  assert.equal(compareVersions('1.0', '1.0.0'), 0)
  assert.equal(compareVersions('1.0.0+abc', '1.0.0'), 0)
})

test('a newer and the same version are taken, an older one and what is no version are not', () => {
  assert.equal(judgeBundle(bundle('1.4.1'), BOX), null)
  assert.equal(judgeBundle(bundle('1.4.0'), BOX), null)
  assert.match(judgeBundle(bundle('1.3.9'), BOX) ?? '', /older/)
  for (const text of ['', 'new', '1', '1.2.3.4.5', '1.2.3-', '../../1.0']) {
    assert.notEqual(judgeBundle(bundle(text), BOX), null, text)
  }
})

test('a bundle for another board is refused', () => {
  assert.match(judgeBundle(bundle('1.5.0', 'other-board'), BOX) ?? '', /other-board/)
})
