# name: anyevent-client
# title: AnyEvent::WebSocket::Client
# role: client
# http: 1.1
# install: apt-get install libanyevent-websocket-client-perl
# version: perl -MAnyEvent::WebSocket::Client -e 'print AnyEvent::WebSocket::Client->VERSION'
# run: exec perl FILE ARGUMENT
# notes: answers a close with 1005, which must not be sent: 1002 here
use strict;
use AnyEvent;
use AnyEvent::WebSocket::Client;
use AnyEvent::WebSocket::Message;
$| = 1;
my $done = AnyEvent->condvar;
my $connection = AnyEvent::WebSocket::Client->new(max_payload_size => 1 << 20)->connect($ARGV[0])->recv;
$connection->on(each_message => sub {
  my ($connection, $message) = @_;
  return $connection->close(4002, 'bye') if $message->is_text && $message->body eq 'close me';
  $connection->send($message);
});
$connection->on(finish => sub { printf "closed %d\n", $_[0]->close_code // 1005; $done->send });
$done->recv;
