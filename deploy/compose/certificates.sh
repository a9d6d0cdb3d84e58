#!/bin/sh
# An authority of this installation's own, and certificates of it for the database and the mail catcher. Made once, into
# the folder $1; run in the image of PostgreSQL, which has openssl.
set -eu
cd "$1"
test ! -e ca.crt || exit 0

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=Guichet, inner network" \
  -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
  -keyout ca.key -out ca.new 2>/dev/null

for name in database mail; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=$name" -keyout "$name.key" 2>/dev/null |
    openssl x509 -req -days 3650 -CA ca.new -CAkey ca.key -CAcreateserial -out "$name.crt" -extfile /dev/fd/3 3<<END 2>/dev/null
subjectAltName=DNS:$name
basicConstraints=critical,CA:FALSE
extendedKeyUsage=serverAuth
END
done
# Nothing is ever signed again: whoever reads this folder shall not be able to.
rm -f ca.key ca.srl
chmod 0600 database.key mail.key
chown postgres: database.key
# Last, as it says that all is there.
mv ca.new ca.crt
