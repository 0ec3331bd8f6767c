/**
 * What is in force without an alerting file, in its own syntax: everybody configured hears everything; related alerts share
 * a message; what is critical is told at once, and the louder of two alerts of one rule is the one that is heard.
 */
export const defaultAlerting = (channels: readonly string[]): unknown => ({
  receivers: [{ name: 'everyone', channels }],
  route: {
    receiver: 'everyone',
    group_by: ['alertname', 'model'],
    // Of what is not urgent one reminder a day until somebody has acknowledged it.
    repeat_interval: '1d',
    routes: [
      {
        matchers: ['severity=~"CRITICAL|EMERGENCY"'],
        group_wait: '0s',
        group_interval: '1m',
        repeat_interval: '1h',
      },
      { matchers: ['severity="ERROR"'], group_wait: '10s' },
    ],
  },
  inhibit_rules: [
    {
      source_matchers: ['severity="EMERGENCY"'],
      target_matchers: ['severity=~"CRITICAL|ERROR|WARNING|INFO"'],
      equal: ['alertname', 'model'],
    },
    {
      source_matchers: ['severity="CRITICAL"'],
      target_matchers: ['severity=~"ERROR|WARNING|INFO"'],
      equal: ['alertname', 'model'],
    },
  ],
});
