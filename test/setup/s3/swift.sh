#!/usr/bin/env bash
# An OpenStack Swift of one node with its S3 gate, on loopback, for tests.
#   swift.sh start FOLDER OWNER PORT ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT CACHE_PORT    until OWNER ends
#   swift.sh stop FOLDER
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
declare -A ports=([account]=$5 [container]=$6 [object]=$7)
cache=$8
user=$(id -un)
etc=$folder/etc
mkdir -p "$etc" "$folder/devices/one"
stop_with "$owner"

cat >"$etc/swift.conf" <<END
[swift-hash]
swift_hash_path_suffix = test
swift_hash_path_prefix = test
[storage-policy:0]
name = default
default = yes
END

for server in account container object; do
  cat >"$etc/$server-server.conf" <<END
[DEFAULT]
user = $user
bind_ip = 127.0.0.1
bind_port = ${ports[$server]}
swift_dir = $etc
workers = 0
log_level = WARNING
devices = $folder/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
[pipeline:main]
pipeline = healthcheck $server-server
[app:$server-server]
use = egg:swift#$server
[filter:healthcheck]
use = egg:swift#healthcheck
END
  (
    cd "$etc"
    swift-ring-builder "$server.builder" create 4 1 0
    swift-ring-builder "$server.builder" add --region 1 --zone 1 \
      --ip 127.0.0.1 --port "${ports[$server]}" --device one --weight 1
    swift-ring-builder "$server.builder" rebalance || [ $? = 1 ] # 1 is a warning
  ) >>"$folder/output.log" 2>&1
done

filters='catch_errors gatekeeper healthcheck listing_formats bulk copy slo dlo symlink'
cat >"$etc/proxy-server.conf" <<END
[DEFAULT]
user = $user
bind_ip = 127.0.0.1
bind_port = $port
swift_dir = $etc
workers = 0
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
node_timeout = 30
conn_timeout = 2
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
min_segment_size = 5242880
max_upload_part_num = 10000
allow_multipart_uploads = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$cache
END
for filter in $filters; do
  printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter" >>"$etc/proxy-server.conf"
done

daemon memcached -u "$user" -l 127.0.0.1 -p "$cache" -U 0 -m 64
for server in account container object proxy; do
  daemon "swift-$server-server" "$etc/$server-server.conf" --verbose
done
is_well() { [ "$(curl -s -m 2 --noproxy '*' "http://127.0.0.1:$1/healthcheck")" = OK ]; }
for one in "$port" "${ports[@]}"; do until_ok is_well "$one"; done
