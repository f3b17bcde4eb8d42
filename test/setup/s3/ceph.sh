#!/usr/bin/env bash
# A Ceph of one node (a monitor, a store in memory) with its S3 gateway, on loopback, for tests.
#   ceph.sh start FOLDER OWNER PORT MONITOR_PORT    until the process OWNER ends; all it keeps is in FOLDER
#   ceph.sh stop FOLDER
set -eu
verb=$1
folder=$2
source "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"
if [ "$verb" = stop ]; then
  stop_daemons || true
  exit
fi
owner=$3
port=$4
monitor=$5
export CEPH_CONF=$folder/ceph.conf
mkdir -p "$folder"/mon "$folder"/run "$folder"/log "$folder"/rgw "$folder"/osd
stop_with "$owner"

cat >"$CEPH_CONF" <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$monitor]
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = $folder/keyring
run dir = $folder/run
admin socket = $folder/run/\$name.asok
pid file = $folder/run/\$name.pid
log file = $folder/log/\$name.log
log to stderr = false
err to stderr = true
crash dir = $folder/run
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
ms bind ipv6 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd class load list = *
osd class default list = *
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 1
rgw dynamic resharding = false
rgw enable usage log = false
rgw override bucket index max shards = 1
rgw thread pool size = 64
# What is removed gives its room back soon: there is not much of it.
rgw gc obj min wait = 5
rgw gc processor period = 5
rgw gc processor max time = 5
[mon.a]
mon data = $folder/mon/a
[osd.0]
osd data = $folder/osd/0
osd objectstore = ${CEPH_STORE:-memstore}
memstore device bytes = 4294967296
bluestore block size = 21474836480
bluestore block create = true
[client.rgw]
rgw data = $folder/rgw
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
END

fsid=$(awk '/^fsid/ { print $3 }' "$CEPH_CONF")
keyring() { ceph-authtool "$folder/keyring" --gen-key -n "$@" >/dev/null; }
{
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$monitor]" "$folder/monmap"
  ceph-authtool -C "$folder/keyring"
  keyring mon. --cap mon 'allow *'
  keyring client.admin --cap mon 'allow *' --cap osd 'allow *'
  keyring osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  keyring client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
  ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
} >>"$folder/output.log" 2>&1
daemon ceph-mon -i a -f
until_ok timeout 20 ceph --connect-timeout 20 health

{
  osd=$(cat /proc/sys/kernel/random/uuid)
  timeout 30 ceph osd new "$osd" 0
  mkdir -p "$folder/osd/0"
  ceph-osd -i 0 --mkfs --osd-uuid "$osd"
  timeout 30 ceph osd crush add osd.0 1.0 root=default host=local
} >>"$folder/output.log" 2>&1
daemon ceph-osd -i 0 -f
is_up() { timeout 20 ceph osd stat | grep -q '1 up'; }
until_ok is_up

daemon radosgw -n client.rgw -f
until_ok curl -s --noproxy '*' "http://127.0.0.1:$port/"
radosgw-admin user create --uid test --display-name test \
  --access-key testkey --secret-key testsecret >>"$folder/output.log" 2>&1
