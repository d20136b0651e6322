#!/usr/bin/env bash
# A department system in its smallest form: the plain Java console consumer that ships with Kafka.
# It needs nothing of ours but the address of the broker and the name of the topic.
#
#   consume.sh departments.quality.v1 [more options of the console consumer, e.g. --max-messages 5]
#
# INTAKE_KAFKA__BOOTSTRAP_SERVERS names the broker; unset, the embedded one is asked for. Only committed records are
# printed: with the default isolation level, records of transactions that were rolled back would be seen too.
set -euo pipefail
topic=${1:?"usage: consume.sh TOPIC [options of the console consumer]"}
shift
intake=${INTAKE:-intake}
broker=${INTAKE_KAFKA__BOOTSTRAP_SERVERS:-$("$intake" platform status --json |
  sed -n 's/.*"bootstrap_servers": *"\([^"]*\)".*/\1/p')}
[ -n "$broker" ] || { echo "no broker runs: start it with \`intake run\` or \`intake platform up\`" >&2; exit 3; }
exec "$intake" platform java org.apache.kafka.tools.consumer.ConsoleConsumer \
  --bootstrap-server "$broker" --topic "$topic" --from-beginning --isolation-level read_committed "$@"
