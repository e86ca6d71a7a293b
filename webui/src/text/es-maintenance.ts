// Spanish: maintenance.
import type { Catalogue } from './catalogue.ts'
import { plural } from './es-words.ts'

export const esMaintenance = (number: (value: number, decimals: number) => string): Catalogue['maintenance'] => ({
  title: 'Mantenimiento',
  look: 'Mirar ahora',
  looking: 'El equipo está repasando el último mes',
  findings: 'Qué necesitará pronto una mano',
  none: 'Nada.',
  notYet: 'El equipo repasa la primera nave un minuto después de arrancar. Vuelva a mirar enseguida.',
  lookedAt: (time) => `Último repaso: ${time}.`,
  since: (time) => `Se ve desde ${time}.`,
  daysLeft: (days) =>
    plural(days, {
      one: 'Si sigue así, queda más o menos # día.',
      other: 'Si sigue así, quedan más o menos # días.',
    }),
  codes: 'Qué comunican los nodos, últimos 30 días',
  code: 'Aviso',
  week: 'Últimos 7 días',
  nodes: 'Nodos',
  toDo: 'Qué hacer',
  of: {
    'heap-leak': {
      title: 'El nodo se queda sin memoria',
      why: ({ lossBytesPerDay = 0, freeBytes = 0 }) =>
        `Pierde ${number(lossBytesPerDay / 1000, 1)} KB al día y le quedan ${number(freeBytes / 1000, 0)} KB.`,
      advice: 'Reinícielo en un momento tranquilo. Si vuelve a empezar, necesita un firmware más nuevo.',
    },
    'signal-fading': {
      title: 'La señal de radio se debilita',
      why: ({ beforeDbm = 0, nowDbm = 0 }) => `De ${number(beforeDbm, 0)} a ${number(nowDbm, 0)} dBm.`,
      advice: 'Mire la antena, si hay humedad en la carcasa y qué se ha puesto entre el nodo y el punto de acceso.',
    },
    'reboot-loop': {
      title: 'El nodo se reinicia una y otra vez',
      why: ({ restartsLastDay = 0, restartsThreeDays = 0 }) =>
        `${restartsLastDay} veces en las últimas 24 horas, ${restartsThreeDays} veces en tres días.`,
      advice: 'Compruebe la fuente de alimentación y el enchufe. Si están bien, cambie el nodo.',
    },
    'errors-rising': {
      title: 'El nodo comunica un fallo cada vez más a menudo',
      why: ({ diagCode = 0, nowPerDay = 0, beforePerDay = 0 }) =>
        `Código 0x${diagCode.toString(16)}: ${number(nowPerDay, 0)} veces al día, antes ${number(beforePerDay, 1)}.`,
      advice: 'Qué significa el código y qué hacer está en la tabla de abajo.',
    },
    'sensor-stuck': {
      title: 'El sensor da el mismo valor hasta la última cifra',
      why: ({ value = 0, stuckHours = 0 }) => `${value} desde hace ${stuckHours} horas. Antes nunca lo hizo.`,
      advice: 'No se fíe de él. Compruebe enchufe y cable, límpielo o cámbielo.',
    },
    'sensor-drift': {
      title: 'El sensor se aleja de los demás de la nave',
      why: ({ wandered = 0 }) => `Desde entonces, ${wandered > 0 ? '+' : ''}${number(wandered, 1)}.`,
      advice: 'Límpielo y calíbrelo; si se aleja otra vez, cámbielo.',
    },
  },
})
