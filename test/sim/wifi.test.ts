import { describe } from 'vitest'
import { wifiContract } from '../../hub/core/wifi.contract.ts'
import { createSimWifi } from './wifi.ts'

describe('the simulated Wi-Fi', () =>
  wifiContract(async () => {
    const wifi = createSimWifi()
    return {
      wifi,
      async farm(ssid, password) {
        wifi.inReach.set(ssid, password)
      },
      settle: async () => wifi.settle(),
      async [Symbol.asyncDispose]() {},
    }
  }))
