import type { ServingRegistry } from '../../../serving/ports.ts';

/** Every call fails, and notifications are lost, while `off` says so. */
export function cutOffWhen(port: ServingRegistry, off: () => boolean): ServingRegistry {
  const refuseWhenOff = (): void => {
    if (off()) throw new Error('connection refused');
  };
  const guard = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    refuseWhenOff();
    const answer = await call();
    // What was asked before the line was cut is not answered after it either.
    refuseWhenOff();
    return answer;
  };
  return {
    listModels: () => guard(() => port.listModels()),
    readReign: (model) => guard(() => port.readReign(model)),
    readChampion: (model) => guard(() => port.readChampion(model)),
    readVersion: (model, number) => guard(() => port.readVersion(model, number)),
    readArtifact: (ref) => guard(() => port.readArtifact(ref)),
    register: (server, seconds) => guard(() => port.register(server, seconds)),
    renewLease: (name, seconds) => guard(() => port.renewLease(name, seconds)),
    acknowledge: (server, model, epoch, id) => guard(() => port.acknowledge(server, model, epoch, id)),
    deregister: (name) => guard(() => port.deregister(name)),
    listen: ({ onSwap, ...others }) =>
      port.listen({
        onSwap: (notice) => {
          if (!off()) onSwap(notice);
        },
        ...others,
      }),
    reportDrill: (server, drill, finding) => guard(() => port.reportDrill(server, drill, finding)),
    raiseAlert: (alert) => guard(() => port.raiseAlert(alert)),
    journalOverride: (record) => guard(() => port.journalOverride(record)),
    journalOverrideEnd: (record, end) => guard(() => port.journalOverrideEnd(record, end)),
    settleOverride: (record) => guard(() => port.settleOverride(record)),
  };
}
