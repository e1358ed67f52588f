# name: mojolicious-client
# title: Mojolicious
# role: client
# http: 1.1
# install: apt-get install libmojolicious-perl
# version: perl -MMojolicious -e 'print Mojolicious->VERSION'
# run: exec perl FILE ARGUMENT
# notes: keeps its window although the server sends `client_no_context_takeover`
use Mojo::Base -signatures;
use Mojo::UserAgent;
use Mojo::IOLoop;
$| = 1;
my $ua = Mojo::UserAgent->new;
$ua->websocket($ARGV[0] => {'Sec-WebSocket-Extensions' => 'permessage-deflate'} => sub ($ua, $tx) {
  die 'not open' unless $tx->is_websocket;
  $tx->max_websocket_size(1 << 20);
  $tx->on(text => sub ($tx, $bytes) {
    return $tx->finish(4002 => 'bye') if $bytes eq 'close me';
    $tx->send({text => $bytes});
  });
  $tx->on(binary => sub ($tx, $bytes) { $tx->send({binary => $bytes}) });
  $tx->on(finish => sub ($tx, $code, $reason = undef) { print "closed $code\n"; Mojo::IOLoop->timer(1 => sub { Mojo::IOLoop->stop }) });
});
Mojo::IOLoop->start;
