%% name: cowboy-server
%% title: cowboy
%% role: server
%% http: 1.1
%% install: apt-get install rabbitmq-server
%% version: ls /usr/lib/rabbitmq/lib/*/plugins/ | grep cowboy
%% run: cp FILE FOLDER/echo.erl && cd FOLDER && erlc echo.erl && exec erl -noshell -pa FOLDER -pa /usr/lib/rabbitmq/lib/*/plugins/*/ebin -s echo start ARGUMENT
%% notes: as RabbitMQ brings it
-module(echo).
-export([start/1, init/2, websocket_handle/2, websocket_info/2, terminate/3]).

start([Port]) ->
    {ok, _} = application:ensure_all_started(cowboy),
    Dispatch = cowboy_router:compile([{'_', [{'_', echo, []}]}]),
    {ok, _} = cowboy:start_clear(echo, [{ip, {127, 0, 0, 1}}, {port, list_to_integer(atom_to_list(Port))}],
        #{env => #{dispatch => Dispatch}}).

init(Request, State) -> {cowboy_websocket, Request, State, #{compress => true}}.

websocket_handle({text, <<"close me">>}, State) -> {[{close, 4002, <<"bye">>}], State};
websocket_handle({Kind, Data}, State) when Kind =:= text; Kind =:= binary -> {[{Kind, Data}], State};
websocket_handle(_, State) -> {[], State}.

websocket_info(_, State) -> {[], State}.

terminate({remote, Code, _}, _, _) -> io:format("closed ~w~n", [Code]);
terminate(_, _, _) -> ok.
