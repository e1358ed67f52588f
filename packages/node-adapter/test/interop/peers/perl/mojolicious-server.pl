# name: mojolicious-server
# title: Mojolicious
# role: server
# http: 1.1
# install: apt-get install libmojolicious-perl
# version: perl -MMojolicious -e 'print Mojolicious->VERSION'
# run: exec perl FILE daemon -m production -l http://127.0.0.1:ARGUMENT
# notes: ignores extension parameters without a value
use Mojolicious::Lite -signatures;
$| = 1;
app->log->level('fatal');
websocket '/' => sub ($c) {
  $c->tx->with_compression;
  $c->tx->max_websocket_size(1 << 20);
  $c->on(text   => sub ($c, $bytes) {
    return $c->finish(4002 => 'bye') if $bytes eq 'close me';
    $c->send({text => $bytes});
  });
  $c->on(binary => sub ($c, $bytes) { $c->send({binary => $bytes}) });
  $c->on(finish => sub ($c, $code, $reason = undef) { print "closed $code\n" });
};
app->start;
