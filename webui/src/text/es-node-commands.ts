// Spanish: what a node is asked to do at once.
import type { Catalogue } from './catalogue.ts'

export const esNodeCommands: Catalogue['nodeCommands'] = {
  title: 'Lo que puede hacer ahora',
  names: { read: 'Medir ahora', identify: 'Parpadear', restart: 'Reiniciar' },
  restartSure: '¿Reiniciar el nodo? No mide nada durante unos segundos.',
  underWay: 'Pedido. Esperando al nodo.',
  done: {
    read: 'El nodo acaba de medir.',
    identify: 'El nodo parpadea medio minuto.',
    restart: 'El nodo se reinicia.',
  },
  /** By the hub's word for it. */
  why: {
    offline: 'El nodo no está conectado.',
    refused: 'El nodo se ha negado.',
    timeout: 'El nodo no ha respondido a tiempo.',
    busy: 'Se está pidiendo demasiado a los nodos. Inténtelo de nuevo.',
    'not-sent': 'No se ha podido enviar.',
    '': 'La central no ha respondido.',
  },
  failed: (why) => `No hecho: ${why}`,
}
