// Which screen stands at which address. The overview comes with the page; every other one is loaded when somebody goes there.
import { useEffect } from 'preact/hooks'
import { Route, Router } from 'preact-iso'
import { later } from '../parts/later.tsx'
import { NotFound } from './NotFound/NotFound.tsx'
import { Overview } from './Overview/Overview.tsx'

const Alarms = later(() => import('./Alarms/Alarms.tsx').then((m) => m.Alarms))
const CallPlan = later(() => import('./CallPlan/CallPlan.tsx').then((m) => m.CallPlan), 'alarms.act')
const Channels = later(() => import('./Channels/Channels.tsx').then((m) => m.Channels), 'alarms.act')
const Rules = later(() => import('./Rules/Rules.tsx').then((m) => m.Rules))
const WeeklyTest = later(() => import('./WeeklyTest/WeeklyTest.tsx').then((m) => m.WeeklyTest))
const House = later(() => import('./House/House.tsx').then((m) => m.House))
const Report = later(() => import('./Report/Report.tsx').then((m) => m.Report))
const Flocks = later(() => import('./Flocks/Flocks.tsx').then((m) => m.Flocks))
const Flock = later(() => import('./Flocks/Flock.tsx').then((m) => m.Flock))
const NewFlock = later(() => import('./Flocks/NewFlock.tsx').then((m) => m.NewFlock))
const Box = later(() => import('./Box/Box.tsx').then((m) => m.Box))
const Device = later(() => import('./Device/Device.tsx').then((m) => m.Device))
const Node = later(() => import('./Node/Node.tsx').then((m) => m.Node))
const Charts = later(() => import('./Charts/Charts.tsx').then((m) => m.Charts))
const More = later(() => import('./More/More.tsx').then((m) => m.More))
const Diagnostics = later(() => import('./Diagnostics/Diagnostics.tsx').then((m) => m.Diagnostics), 'quarantine.read')
const Maintenance = later(() => import('./Maintenance/Maintenance.tsx').then((m) => m.Maintenance))
const Staff = later(() => import('./Staff/Staff.tsx').then((m) => m.Staff))
const Audit = later(() => import('./Audit/Audit.tsx').then((m) => m.Audit), 'audit.read')
const AddNode = later(() => import('./AddNode/AddNode.tsx').then((m) => m.AddNode), 'nodes.identity')
const Backup = later(() => import('./Backup/Backup.tsx').then((m) => m.Backup), 'backup.manage')
const Updates = later(() => import('./Updates/Updates.tsx').then((m) => m.Updates))
const Update = later(() => import('./Update/Update.tsx').then((m) => m.Update), 'box.update')

/** What somebody is likely to need next, fetched when the phone has nothing to do: a barn's network may be gone a minute later. */
const LIKELY = [Alarms, House, Node, Flocks, More]
const IDLE_AFTER_MS = 3_000

export function Screens() {
  useEffect(() => {
    const timer = setTimeout(() => void Promise.all(LIKELY.map((screen) => screen.preload())), IDLE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Router>
      <Route path="/" component={Overview} />
      <Route path="/alarms" component={Alarms} />
      <Route path="/alarms/people" component={CallPlan} />
      <Route path="/alarms/channels" component={Channels} />
      <Route path="/alarms/rules" component={Rules} />
      <Route path="/alarms/test" component={WeeklyTest} />
      <Route path="/houses/:site/:house" component={House} />
      <Route path="/houses/:site/:house/report" component={Report} />
      <Route path="/flocks" component={Flocks} />
      <Route path="/flocks/new" component={NewFlock} />
      <Route path="/flocks/:id" component={Flock} />
      <Route path="/nodes/:uid" component={Node} />
      <Route path="/charts" component={Charts} />
      <Route path="/box" component={Box} />
      <Route path="/device" component={Device} />
      <Route path="/more" component={More} />
      <Route path="/diagnostics" component={Diagnostics} />
      <Route path="/maintenance" component={Maintenance} />
      <Route path="/staff" component={Staff} />
      <Route path="/audit" component={Audit} />
      <Route path="/add" component={AddNode} />
      <Route path="/backup" component={Backup} />
      <Route path="/updates" component={Updates} />
      <Route path="/update" component={Update} />
      <Route default component={NotFound} />
    </Router>
  )
}
