import { expect, test } from 'vitest'
import { deepestPath, readCallGraph, type StackFunction } from './firmware-stack.ts'

const made = (id: string, bytes: number, calls: string[] = [], isIndirect = false): StackFunction => ({
  id,
  bytes,
  calls,
  isIndirect,
})

test('the deepest path counts every frame, and follows a pointer where a rule says it leads', () => {
  const functions = [
    made('step', 32, ['sample', 'send']),
    made('sample', 64, [], true),
    made('send', 48, ['memcpy']),
    made('a.c:read', 100, [], true),
    made('b.c:read', 200, ['crc'], true),
    made('crc', 16),
  ]
  const rules = { reached: { sample: ['read'] }, depths: {} }
  expect(deepestPath(functions, 'step', rules)).toEqual({ bytes: 312, names: ['step', 'sample', 'read', 'crc'] })
  expect(deepestPath(functions, 'step', { reached: {}, depths: {} }).bytes).toBe(96)
  expect(() => deepestPath(functions, 'stop', rules)).toThrow('no function stop')
})

test('what calls itself is refused with the way there, unless a rule says how deep', () => {
  const functions = [made('a', 8, ['b']), made('b', 8, ['a'])]
  expect(() => deepestPath(functions, 'a', { reached: {}, depths: {} })).toThrow('a → b → a: it calls itself')
  const depths = { a: 2, b: 2 }
  expect(deepestPath(functions, 'a', { reached: {}, depths })).toEqual({ bytes: 32, names: ['a', 'b', 'a', 'b'] })
})

test('what gcc writes is read; a frame without a bound is refused', () => {
  const node = (id: string, said: string) => `node: { title: "${id}" label: "${id}\\nf.c:1:1\\n${said}" }\n`
  const edge = (from: string, to: string) => `edge: { sourcename: "${from}" targetname: "${to}" label: "f.c:2:3" }\n`
  const own = `${node('f.c:own', '48 bytes (static)')}${edge('f.c:own', '__indirect_call')}${edge('f.c:own', 'other')}`
  expect(readCallGraph(`graph: { title: "f.c"\n${own}`)).toEqual([made('f.c:own', 48, ['other'], true)])
  expect(() => readCallGraph(node('f.c:own', '48 bytes (dynamic)'))).toThrow('without a bound')
})
