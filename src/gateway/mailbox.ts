import type { LeaseCheck } from '../fleet/device-context.ts';
import type { ReportCoalescer, Waiting } from './report-coalescer.ts';
import type { WorkQueue } from './work-queue.ts';

/** What the mailboxes of all players share. */
export interface Ingest {
  queue: WorkQueue;
  coalescer: ReportCoalescer;
  /** Awaited before anything is processed. */
  checkLease: LeaseCheck;
}

/** Processes a message. Never rejects. */
type Process = () => Promise<void> | undefined;

export interface Report {
  process: Process;
  /** See `Waiting`. */
  supersedes(older: Report): boolean;
}

class WaitingReport implements Waiting {
  readonly report: Report;
  readonly process: () => void;

  constructor(report: Report, process: () => void) {
    this.report = report;
    this.process = process;
  }

  supersedes(older: Waiting): boolean {
    return older instanceof WaitingReport && this.report.supersedes(older.report);
  }
}

/** This many items may wait in the queue before a report that skips the coalescer; beyond that the senders wait. */
const MAX_REPORTS = 1000;

/** The messages of one player's socket, processed in the order in which they arrived. */
export class Mailbox {
  readonly #ingest: Ingest;
  readonly #sender: { readonly deviceId: string | undefined };
  /** Set while a message is still being processed (its device is being fetched); later messages wait for it. */
  #current: Promise<void> | undefined;

  /** @param sender its id is undefined while it is not known */
  constructor(ingest: Ingest, sender: { readonly deviceId: string | undefined }) {
    this.#ingest = ingest;
    this.#sender = sender;
  }

  add(process: Process): void {
    this.#ingest.coalescer.flushOf(this.#sender.deviceId);
    this.#ingest.queue.run(() => this.#begin(process));
  }

  /** A report may wait in the coalescer, if the device is known. */
  report(report: Report, mayWait: boolean): void {
    const { coalescer, queue } = this.#ingest;
    const deviceId = this.#sender.deviceId;
    if (mayWait && deviceId !== undefined) {
      coalescer.add(deviceId, new WaitingReport(report, () => void queue.run(() => this.#begin(report.process))));
      return;
    }
    // The device may have another socket, whose reports must stay in order, too.
    coalescer.flushOf(deviceId);
    queue.run(() => this.#begin(report.process), MAX_REPORTS);
  }

  /** Called once everything that arrived before is processed. */
  after(then: () => void): void {
    this.add(() => void then());
  }

  /** The socket has closed. This does not wait for the lease check. */
  end(leave: () => void): void {
    this.#ingest.coalescer.flushOf(this.#sender.deviceId);
    this.#ingest.queue.run(() => {
      if (this.#current) void this.#current.then(leave);
      else leave();
    });
  }

  #begin(process: Process): void {
    const wait = this.#current ?? this.#ingest.checkLease();
    const left = wait ? wait.then(process) : process();
    if (!left) return;
    this.#current = left;
    void left.then(() => {
      if (this.#current === left) this.#current = undefined;
    });
  }
}
