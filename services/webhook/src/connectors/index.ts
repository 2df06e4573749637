/** What runs the connectors elsewhere than in the service itself: the simulation, and its checks. */
export { bodyOf, eventIdOf, notifier, partiesOf } from './notifier.ts'
export { sender, type Answer, type Message, type Post, type SenderDeps } from './sender.ts'
