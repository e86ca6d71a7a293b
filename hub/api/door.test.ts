import { expect, test } from 'vitest'
import { openBox } from '../../test/sim/api-box.ts'

const bodyOf = async (answer: Response) => ({
  lang: /<html lang="(\w+)"/.exec(await answer.clone().text())?.[1],
  text: await answer.text(),
})

test('whoever is not signed in is spoken to in the language of the device, else in that of the farm, else in English', async () => {
  const { ask, staff, claim } = await openBox()
  const page = async (path: string, language?: string) =>
    bodyOf(await ask('GET', path, language === undefined ? {} : { 'accept-language': language }))

  expect((await page('/claim')).lang).toBe('en')
  const claiming = await page('/claim', 'fr-FR, de-AT;q=0.8, en;q=0.5')
  expect(claiming.lang).toBe('de')
  expect(claiming.text).toContain('Code der Box')
  expect(claiming.text).toMatch(/<option value="de" selected/)

  await claim()
  await staff.changeFarm({ language: 'es' })
  expect((await page('/login', 'ja')).text).toContain('Contraseña')
  expect((await page('/login', 'en-GB')).text).toContain('Password forgotten?')
  expect((await page('/recover', 'de')).text).toContain('Neues Passwort')
})
