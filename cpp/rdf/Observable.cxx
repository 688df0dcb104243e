#include "SavedBins.hxx"

#include <gradcut/rdf/ColumnTypes.hxx>
#include <gradcut/rdf/Observable.hxx>

#include <memory>
#include <utility>

namespace GradCut {

Observable LoadObservable(const std::string &path)
{
   auto saved = Internal::OfFile(path, [&] {
      const auto document = Internal::JsonValue::Parse(Internal::ReadText(path));
      const auto &content = Internal::ContentOf(document, "gradcut-observable-result", "fit_observable");
      return Internal::ReadObservable(content, content.At("provenance"));
   });
   saved.fPath = path;
   return Observable(Bins(std::make_shared<const Internal::SavedBins>(std::move(saved))));
}

std::vector<std::string> Observable::Inputs() const
{
   std::vector<std::string> names;
   for (const auto &input : Own().fAll.fNetwork->fInputs)
      names.push_back(input.fName);
   return names;
}

const Network &Observable::GetNetwork() const
{
   return Own().fAll.fNetwork->fNetwork;
}

ROOT::RDF::RNode Observable::DefineOutput(ROOT::RDF::RNode node, const std::string &name) const
{
   return Internal::OfFile(fSaved->fPath, [&] { return Internal::DefineOutputs(node, name, Own()); });
}

ROOT::RDF::RNode Observable::DefineOutputPerFold(ROOT::RDF::RNode node, const std::string &name) const
{
   return Internal::OfFile(fSaved->fPath,
                           [&] { return Internal::DefineOutputsPerFold(node, name, Own(), fSaved->fFolds); });
}

ROOT::RDF::RResultPtr<Moments> Observable::BookMoments(ROOT::RDF::RNode node, const std::string &weight) const
{
   return Internal::OfFile(fSaved->fPath, [&] {
      const auto &bins = Own();
      if (bins.fNames.size() != GetNetwork().NOutputs())
         throw std::invalid_argument("'" + bins.fNames.back() +
                                     "' stands alongside the observable: fill the column of Define");
      const auto columns = Internal::DefineFeatures(node, FreshColumnName("observable"), bins.fFeatures, false);
      return BookNetworkMoments(node, GetNetwork(), bins.fAll.fBins, columns, weight);
   });
}

} // namespace GradCut
