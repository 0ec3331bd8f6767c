import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedHistory } from '../swap/invariants.ts';
import { Link } from './link.ts';
import type { RetrainFleet } from './retrain-fleet.ts';

const WATCH_MS = 250;
const ASK_TIMEOUT_MS = 5000;

type Answer = RecordedHistory['answers'][number];
type Reading = RecordedHistory['readings'][number];

/** Asks servers and registry all the time; what cannot be reached gives no answer, and that is no violation. */
export class Witness {
  readonly answers: Answer[] = [];
  readonly readings: Reading[] = [];
  readonly #fleet: RetrainFleet;
  readonly #model: string;
  readonly #loops: Promise<void>[];
  readonly #link: Link;
  #watching = true;

  constructor(fleet: RetrainFleet, model: string) {
    this.#fleet = fleet;
    this.#model = model;
    this.#link = new Link(fleet.world.running.databaseUrl);
    this.#loops = [
      ...Object.entries(fleet.world.running.serverUrls).map(([server, url]) =>
        this.#repeat(() => this.#ask(server, url)),
      ),
      this.#repeat(() => this.#read()),
    ];
  }

  async stop(): Promise<void> {
    this.#watching = false;
    await Promise.all(this.#loops);
    await this.#link.close();
  }

  async #repeat(look: () => Promise<void>): Promise<void> {
    while (this.#watching) {
      await look().catch(() => undefined);
      await delay(WATCH_MS);
    }
  }

  async #ask(server: string, url: string): Promise<void> {
    const { features } = this.#fleet.expected;
    const response = await fetch(`${url}/api/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: this.#model,
        features: [Array.from({ length: features }, (_, at) => at / 7)],
      }),
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    if (response.status !== 200) {
      await response.arrayBuffer();
      return;
    }
    const { epoch, versionHash } = (await response.json()) as {
      readonly epoch: number;
      readonly versionHash: string;
    };
    this.answers.push({ server, model: this.#model, epoch, versionId: versionHash });
  }

  /** One statement, hence of one moment. */
  async #read(): Promise<void> {
    this.readings.push(
      ...(await this.#link.query<Reading>(
        `select model, epoch::int, champion_id as "championId", previous_id as "previousId"
         from champions where model = $1`,
        [this.#model],
      )),
    );
  }
}
